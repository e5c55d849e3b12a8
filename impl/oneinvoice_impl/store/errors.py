"""Errors of the database, in sentences and without statements.

DatabaseFailure          a query or transaction failed; it may work when it is tried again
DatabaseProblem          the database can't be used; the text says what to do
├── UnusableDatabase     the URL or what it leads to is wrong: correct the configuration
│   └── DatabaseInUse    another process has it alone
└── UnreachableDatabase  nothing answers there: start it, or correct the configuration
"""

from __future__ import annotations


class DatabaseFailure(Exception):
    """A query or a transaction failed; the text is the first line of the reason, since the rest has the statement."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(getattr(error, "orig", error)).partition("\n")[0])


class DatabaseProblem(Exception):
    """The database can't be used; the text says why, and what to do."""


class UnusableDatabase(DatabaseProblem):
    """The URL, or the file or database that it leads to, is wrong."""


class DatabaseInUse(UnusableDatabase):
    """Another process uses the database alone."""


class UnreachableDatabase(DatabaseProblem):
    """The database server doesn't answer, or lets nobody in."""
