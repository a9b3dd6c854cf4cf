"""The study in people's browsers, and the database of their answers."""
