"""Correct deployments that use what the documentation leaves open, one module for each kind of freedom.

Freedoms of webhooks are in `hook/`, those of the rate limit in `rate/`.
"""
