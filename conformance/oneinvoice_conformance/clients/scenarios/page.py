"""Scenarios of reading whole lists."""
