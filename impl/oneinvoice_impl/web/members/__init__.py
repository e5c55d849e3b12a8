"""Pages of members, and their import from a file."""
