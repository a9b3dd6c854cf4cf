"""Measure film colors: a color film as truth, gray and every frame by itself beside it."""
