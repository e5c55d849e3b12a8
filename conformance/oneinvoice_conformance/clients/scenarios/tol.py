"""Scenarios of tolerance of what may differ."""
