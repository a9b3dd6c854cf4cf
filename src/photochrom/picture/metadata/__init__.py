"""What travels with the pixels, and how each kind of file keeps it."""
