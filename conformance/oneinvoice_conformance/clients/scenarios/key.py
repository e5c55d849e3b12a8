"""Scenarios of the API key."""
