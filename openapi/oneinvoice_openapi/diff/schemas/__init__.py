"""Schemas: the rules for what changed in them, and the messages that show it."""
