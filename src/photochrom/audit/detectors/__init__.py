"""What gives a colorizer away, one kind of fault a module."""
