"""The window in which a person colors photographs, and what it keeps on the disk."""
