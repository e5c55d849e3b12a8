"""Clients of integrators, written from the documentation, which prove `oneinvoice-conform client`.

- base/: a correct client of the standard library, made of steps to override
- faults/: single faults of it, each with the requirement that it breaks
"""
