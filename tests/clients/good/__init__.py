"""Correct clients that were written apart from each other and from the base client.

- httpx_client/: httpx with tenacity, and a receiver on Werkzeug; its store is SQLite
- node/: fetch and http of Node, without packages; its store is a journal of lines
- generated/: what openapi-python-client makes of the contract, with a driver; its store is a folder of files

The variables CLIENT_… of each choose free variants of it.
"""
