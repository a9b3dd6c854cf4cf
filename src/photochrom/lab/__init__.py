"""The lab: everything that needs torch (networks, objectives, data, training)."""
