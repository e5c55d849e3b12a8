"""Why a database can't be used. Each is one sentence that says what to do.

DatabaseProblem
├── UnusableDatabase     the URL or what it leads to is wrong: correct the configuration
└── UnreachableDatabase  nothing answers there: start it, or correct the configuration
"""

from __future__ import annotations


class DatabaseProblem(Exception):
    """The database can't be used; the text says why, and what to do."""


class UnusableDatabase(DatabaseProblem):
    """The URL, or the file or database that it leads to, is wrong."""


class UnreachableDatabase(DatabaseProblem):
    """The database server doesn't answer, or lets nobody in."""
