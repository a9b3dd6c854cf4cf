"""Large archives: listed once, worked on by many, counted while they are."""
