"""The conformance suite: judges any deployment of the 1invoice.online REST API, clause by clause."""
