"""Webhooks: from an event to its delivery, however often that takes.

outbox → queue → dispatcher → sender → queue: an event and its deliveries are stored in the transaction of what
happened; the dispatcher claims what is due, sends it, and records the attempt. The database owns all state and time,
so that a process can end anywhere without losing anything.
"""
