"""The dashboard: what people use in a browser."""
