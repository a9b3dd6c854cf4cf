"""Models: what a model file must be, what it says about itself, and where it comes from."""
