"""Rules of receiving webhooks."""
