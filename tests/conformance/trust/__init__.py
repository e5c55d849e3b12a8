"""How far a verdict can be trusted, as two figures: false alarms on correct deployments, and liars that get through.

`python -m tests.conformance.trust clean` judges deployments that use several freedoms of the documentation at once,
`python -m tests.conformance.trust liars` such ones that break one clause of it in one corner. Each is made from a
number, a seed, and made again by it.
"""
