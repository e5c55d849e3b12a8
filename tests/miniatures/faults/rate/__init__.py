"""Faults of the rate limit.

- limiters.py: limits that are too low, missing, shared or forgetful, and other codes than 429 (RATE-1 to RATE-5)
"""
