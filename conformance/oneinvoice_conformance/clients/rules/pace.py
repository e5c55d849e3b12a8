"""Rules of waiting when the API says so."""
