"""Auditor: train a network that tells colorized pictures from photographs; mend a colorizer."""
