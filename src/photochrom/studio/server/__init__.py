"""The studio over HTTP: whom it lets in, and what may be asked."""
