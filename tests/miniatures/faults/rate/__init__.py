"""Faults of the rate limit.

- counting.py: endpoints and queries that are counted apart, or not at all (RATE-5, RATE-2)
- limiters.py: limits that are too low, missing, shared or forgetful, and other codes than 429 (RATE-1 to RATE-4)
- lockouts.py: endpoints that stay refused while others are served again (RATE-4)
- slow.py: the same as in counting.py and limiters.py, where each answer takes its time (RATE-2, RATE-5)
"""
