"""Work that takes long: in parallel, and resumable after it was killed."""
