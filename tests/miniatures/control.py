"""Tell a served miniature to do something, with nothing but the standard library, to start fast."""

from http.client import HTTPConnection
from urllib.parse import urlsplit


def post(url: str, target: str) -> None:
    """Post to this target of the miniature at this base URL.

    Raises:
        ValueError: the miniature refuses, or the URL is none.
        OSError, HTTPException: nothing answers there.
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("POST", f"{parts.path.rstrip('/')}{target}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"{answer.status} {answer.read().decode().strip()}")
    finally:
        connection.close()
