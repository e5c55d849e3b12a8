"""Authored OpenAPI 3.1 document of the 1invoice.online API, and the register of its documentation's promises."""
