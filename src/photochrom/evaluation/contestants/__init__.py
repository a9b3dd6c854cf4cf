"""What can stand in a table: models, finished results, baselines."""
