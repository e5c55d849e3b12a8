"""Fixtures of pytest for the tests of a client, and what they give."""
