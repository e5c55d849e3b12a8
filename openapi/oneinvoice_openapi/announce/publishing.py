"""Publishing of an announcement to a mock, by its control."""

from __future__ import annotations

from oneinvoice_openapi.announce.announcement import Announcement, Refused
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.running_mock import RunningMock


def publish(announcement: Announcement, url: str) -> str:
    """Have the mock at a URL announce it, and return in a sentence what it did.

    Raises `Refused` if the mock does, as it does for what is announced already, and `Unusable` if no mock answers.
    """
    mock = RunningMock(url)
    try:
        with mock.reached():
            status, content = mock.control("POST", "/announcements", announcement.content())
            if status == 201:
                count, id = int(content["endpoints"]), str(content["announcement"]["id"])
                return f"Announced at {url} as {id}, and sent to {count} endpoint{'' if count == 1 else 's'}."
            told = str(content["detail"])
    except Unusable as error:
        raise Unusable(f"{error} The service itself is told on its roadmap page.") from error
    if status in (400, 409):
        raise Refused(told)
    raise mock.refused(status, told, "announce it")
