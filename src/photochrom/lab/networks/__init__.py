"""Networks: one file each, its configuration on top."""
