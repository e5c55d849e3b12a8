"""The HTTP API: what the authored document describes, from the bytes of a request to the bytes of its answer."""
