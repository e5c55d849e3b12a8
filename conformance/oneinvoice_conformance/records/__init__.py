"""The records in an answer: the one list in it, their fields and names."""
