"""Faults of a mock, which a request asks for or its user plans."""
