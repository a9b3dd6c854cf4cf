"""Training: recipes, runs, export."""
