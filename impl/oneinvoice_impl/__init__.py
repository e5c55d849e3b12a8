"""The reference implementation of the 1invoice.online REST API, which doubles as a mock server."""
