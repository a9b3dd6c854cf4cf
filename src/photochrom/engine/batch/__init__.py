"""Many pictures at once: planned, recorded, resumed."""
