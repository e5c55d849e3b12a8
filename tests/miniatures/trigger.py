"""Makes an event happen on a served miniature: python -m tests.miniatures.trigger URL EVENT.

Exits 0 if it has happened, 1 with one line on stderr if not. It uses nothing but the standard library, to start fast.
"""

import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote, urlsplit


def trigger(url: str, event: str) -> None:
    """Makes this event happen on the miniature at this base URL.

    Raises:
        ValueError: the miniature says that there is no such event, or the URL is none.
        OSError, HTTPException: nothing answers there.
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("POST", f"{parts.path.rstrip('/')}/_trigger/{quote(event)}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"{answer.status} {answer.read().decode().strip()}")
    finally:
        connection.close()


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: python -m tests.miniatures.trigger URL EVENT")
    try:
        trigger(*sys.argv[1:])
    except (OSError, HTTPException, ValueError) as error:
        sys.exit(f"{sys.argv[2]} was not triggered: {error}")


if __name__ == "__main__":
    main()
