"""Faults of keys that are taken or refused wrongly.

- caches.py: answers that are kept for whoever asks next (AUTH-1, AUTH-6)
- credentials.py: what is no key, and schemes that aren't Bearer, taken for a key (AUTH-4, AUTH-5)
- keys.py: doors that are open, or shut to everybody (AUTH-1, AUTH-2, AUTH-3, AUTH-6)
- places.py: a key in another place than the header (AUTH-4)
- queries.py: good keys that are refused where there is a query (AUTH-6)
- refusals.py: refusals with records in their body (AUTH-1 to AUTH-5)
"""
