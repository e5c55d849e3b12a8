"""Queries about members, quotes and invoices, each bound to an organisation."""
