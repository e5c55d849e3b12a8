"""Clients: what an integrator's own client does against an API that misbehaves in ways that are legal."""
