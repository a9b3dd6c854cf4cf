"""What a run leaves behind for people: curves, sample strips, plots, a card, live progress."""
