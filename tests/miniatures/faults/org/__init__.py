"""Faults of organisations.

- tenants.py: walls between organisations with a hole in them (ORG-1, ORG-2, ORG-3)
"""
