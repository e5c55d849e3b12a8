"""Forwarding of a client's requests to a deployment, byte for byte, and what is kept of each exchange."""
