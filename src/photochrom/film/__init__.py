"""Moving pictures: every frame colored, everything else of the file kept."""
