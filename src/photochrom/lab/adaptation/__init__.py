"""Adapt a frozen colorizer to a small collection of color photographs."""
