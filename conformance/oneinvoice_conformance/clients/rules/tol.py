"""Rules of tolerance of what may differ."""
