"""Made-up observers, to try a study before people do."""
