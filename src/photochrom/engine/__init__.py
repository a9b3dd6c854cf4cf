"""The engine: one path from lightness to a colored picture, for one picture or many."""
