"""Faults of webhooks.

- bodies.py: deliveries that aren't a POST of JSON (HOOK-1, HOOK-2)
- events.py: events that are never delivered under their name (HOOK-6 to HOOK-12)
- headers.py: headers that don't name the event or the sender (HOOK-3, HOOK-5)
- signatures.py: deliveries that aren't signed as documented (HOOK-4)
"""
