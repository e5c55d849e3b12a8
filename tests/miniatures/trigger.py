"""Make an event happen on a served miniature: python -m tests.miniatures.trigger URL EVENT.

Exits 0 if it has happened, 1 with one line on stderr if not. It uses nothing but the standard library, to start fast.
"""

import sys
from http.client import HTTPException
from urllib.parse import quote

from tests.miniatures.control import post


def trigger(url: str, event: str) -> None:
    """Make this event happen on the miniature at this base URL.

    Raises what `post` does; the miniature refuses what is no event.
    """
    post(url, f"/_trigger/{quote(event)}")


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: python -m tests.miniatures.trigger URL EVENT")
    try:
        trigger(*sys.argv[1:])
    except (OSError, HTTPException, ValueError) as error:
        sys.exit(f"{sys.argv[2]} was not triggered: {error}")


if __name__ == "__main__":
    main()
