"""Faults of errors.

- crashes.py: bad input that breaks the server (ERR-1)
- statuses.py: answers that the documentation doesn't have (ERR-2)
"""
