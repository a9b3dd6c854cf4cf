"""The papers' experiments and the built-in model, one TOML file each."""
