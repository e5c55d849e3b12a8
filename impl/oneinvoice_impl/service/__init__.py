"""The reference implementation as a service: its database, its organisations and keys, its processes."""
