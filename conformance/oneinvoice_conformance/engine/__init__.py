"""A run: the requirements judged one by one, from the preflight to the report."""
