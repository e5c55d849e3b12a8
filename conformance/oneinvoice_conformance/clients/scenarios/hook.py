"""Scenarios of receiving webhooks."""
