"""Correct clients that use a freedom of the documentation: nothing fails on them.

- requests.py: how requests look; paging.py: which they are; waiting.py: when they are sent
- answers.py: how a receiver answers; effects.py: when and how it has its effects
"""
