"""Faults of organisations.

- caches.py: lists that are kept for whoever asks next (ORG-1)
- deliveries.py: webhooks that carry another organisation's records (ORG-4)
- showings.py: leaks among records that show their row, or another status than they are filtered by (ORG-1, ORG-2)
- tenants.py: walls between organisations with a hole in them (ORG-1, ORG-2, ORG-3)
"""
