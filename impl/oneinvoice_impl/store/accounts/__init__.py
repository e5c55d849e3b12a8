"""Queries about organisations, their users, sessions and keys."""
