"""Files that lie in object storage: listed, fetched, published; credentials never get this far."""
