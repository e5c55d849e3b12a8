"""Requests that Schemathesis generates, judged by the documentation."""
