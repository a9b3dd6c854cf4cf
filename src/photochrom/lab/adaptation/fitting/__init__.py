"""What an adaptation solves in closed form."""
