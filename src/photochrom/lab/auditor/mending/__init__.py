"""Fine-tune a colorizer on what gives it away."""
