"""Requests to a deployment and what came back, paced, recorded and redacted."""
