"""What is fixed before anybody answers."""
