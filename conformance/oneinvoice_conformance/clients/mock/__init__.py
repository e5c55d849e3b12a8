"""Mock that a client is tried against: its process, and its controls."""
