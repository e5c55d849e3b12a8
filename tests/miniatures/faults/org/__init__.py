"""Faults of organisations.

- caches.py: lists that are kept for whoever asks next (ORG-1)
- deliveries.py: webhooks that carry another organisation's records (ORG-4)
- tenants.py: walls between organisations with a hole in them (ORG-1, ORG-2, ORG-3)
"""
