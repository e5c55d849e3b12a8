"""Webhooks: the receiver, the triggers, and the signatures of what came."""
