"""Documents to compare: read, checked, and found by the names of their versions."""
