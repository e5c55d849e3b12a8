"""Rules of reading whole lists."""
