"""Leaks: another organisation's records, among those of a list or beside it."""
