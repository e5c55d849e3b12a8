"""Lifecycle of the contract: when its parts begin, are deprecated and end, and what was promised of that."""
