"""Announcements of what changes in the contract: made from a comparison, and published."""
