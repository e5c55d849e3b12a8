"""Move the clock of a served miniature on: python -m tests.miniatures.clock URL SECONDS.

Exits 0 if it has, 1 with one line on stderr if not. The miniature must have been started with --clock. It uses nothing
but the standard library, to start fast: `--wait-command 'python -m tests.miniatures.clock URL {seconds}'`.
"""

import sys
from http.client import HTTPException
from urllib.parse import quote

from tests.miniatures.control import post


def advance(url: str, seconds: str) -> None:
    """Make it so many whole seconds later on the miniature at this base URL.

    Raises what `post` does; the miniature refuses what is no number, and everything if its clock isn't to be moved.
    """
    post(url, f"/_clock?advance={quote(seconds)}")


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit("usage: python -m tests.miniatures.clock URL SECONDS")
    try:
        advance(*sys.argv[1:])
    except (OSError, HTTPException, ValueError) as error:
        sys.exit(f"the clock was not moved on: {error}")


if __name__ == "__main__":
    main()
