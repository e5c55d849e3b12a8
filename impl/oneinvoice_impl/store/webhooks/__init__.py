"""Queries about endpoints, events and deliveries."""
