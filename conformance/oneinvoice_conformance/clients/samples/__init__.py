"""Sample clients for the self-test: one that keeps its side, and a naive one, which both must come out as known."""
