"""Moves the clock of a served miniature on: python -m tests.miniatures.clock URL SECONDS.

Exits 0 if it has, 1 with one line on stderr if not. The miniature must have been started with --clock. It uses nothing
but the standard library, to start fast: `--wait-command 'python -m tests.miniatures.clock URL {seconds}'`.
"""

import sys
from http.client import HTTPConnection, HTTPException
from urllib.parse import quote, urlsplit


def advance(url: str, seconds: str) -> None:
    """Makes it so many whole seconds later on the miniature at this base URL.

    Raises:
        ValueError: the miniature doesn't let its clock be moved, or that is no number, or the URL is none.
        OSError, HTTPException: nothing answers there.
    """
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        connection.request("POST", f"{parts.path.rstrip('/')}/_clock?advance={quote(seconds)}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"{answer.status} {answer.read().decode().strip()}")
    finally:
        connection.close()


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: python -m tests.miniatures.clock URL SECONDS")
    try:
        advance(*sys.argv[1:])
    except (OSError, HTTPException, ValueError) as error:
        sys.exit(f"the clock was not moved on: {error}")


if __name__ == "__main__":
    main()
