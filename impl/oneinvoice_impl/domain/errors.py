"""Refusals of the domain. Each text is one sentence that says what is allowed."""

from __future__ import annotations


class IllegalTransition(Exception):
    """A record can't do this in its state; nothing was changed."""
