"""Single faults of the base client. Each overrides one step, and names the requirement that it breaks.

- keys.py: where the key goes, and what happens once it is revoked (KEY)
- paces.py: waiting for the rate limit and for failures (PACE); workers.py: the same with several workers
- pages.py: reading lists (PAGE)
- tolerance.py: what the API may change, and what it never says (TOL)
- content.py: what those are made of that lose data and don't mind
- promptness.py, signatures.py, bodies.py: answers and what is genuine (HOOK-1 to HOOK-3)
- repeats.py, order.py, names.py, losses.py: effects and state (HOOK-4 to HOOK-7)
"""
