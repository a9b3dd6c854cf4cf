"""Metrics: small pure functions that compare a colored picture with the truth."""
