"""Client of httpx, tenacity and Werkzeug: `python -m tests.clients.good.httpx_client sync`, `receiver`, `dump`, …."""
