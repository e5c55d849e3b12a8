"""Mailbox of the mock, which keeps the mails that a service would send."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oneinvoice_impl.mail import Mail

_MOST_MAILS = 50


class Mailbox:
    """Keeps the newest mails in memory."""

    def __init__(self) -> None:
        self._mails: deque[Mail] = deque(maxlen=_MOST_MAILS)

    def send(self, mail: Mail) -> None:
        """Keep a mail."""
        self._mails.appendleft(mail)

    def clear(self) -> None:
        """Forget all."""
        self._mails.clear()

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    @property
    def mails(self) -> Sequence[Mail]:
        """The newest first."""
        return tuple(self._mails)
