"""Where the objects of a collection are."""
