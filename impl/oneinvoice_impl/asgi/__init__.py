"""ASGI middleware that the API and the dashboard share."""
