"""Study: ask people which pictures look real, and say what their answers prove."""
