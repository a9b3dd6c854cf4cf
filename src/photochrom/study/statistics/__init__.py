"""What answers prove, and what they do not."""
