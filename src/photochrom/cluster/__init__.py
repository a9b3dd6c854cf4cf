"""Many machines: chunks of pictures handed to workers that come, die and are replaced."""
