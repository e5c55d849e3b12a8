"""Faults of discovery.

- discovery.py: discovery that can't be read, or doesn't tell everything (DISC-1, DISC-2)
"""
