"""Types of the database library, for callers that pass them on and speak no SQL themselves."""

from sqlalchemy import Connection, Row, RowMapping

__all__ = ["Connection", "Row", "RowMapping"]
