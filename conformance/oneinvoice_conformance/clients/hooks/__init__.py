"""Deliveries to the client's receiver: genuine events of a sandbox, and what is made of them."""
