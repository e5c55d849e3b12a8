"""Calls of a database: the threads that wait for it, and connections that can be cut while they do."""
