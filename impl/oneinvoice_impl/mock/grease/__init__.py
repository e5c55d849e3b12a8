"""Grease of a mock: what the documentation leaves free differs from answer to answer, so that no client relies on it.

The name, and the idea that what is never used can't be used any more, are those of RFC 8701.
"""
