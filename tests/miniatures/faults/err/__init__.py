"""Faults of errors.

- crashes.py: bad input that breaks the server (ERR-1)
- queries.py: parameters sent twice and broken escapes that break the server (ERR-1)
- statuses.py: answers that the documentation doesn't have (ERR-2)
"""
