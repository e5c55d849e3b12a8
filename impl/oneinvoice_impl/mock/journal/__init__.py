"""Journal of a mock: the requests to its API, why each was answered as it was, and what a client should know."""
