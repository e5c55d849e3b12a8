"""Pages for customers, who have no account."""
