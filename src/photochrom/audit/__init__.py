"""Audit: find out where a colorizer gives itself away."""
