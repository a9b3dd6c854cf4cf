"""The networks that color, one architecture a module."""
