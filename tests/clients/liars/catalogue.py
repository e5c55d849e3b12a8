"""All liars, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.clients.base.puller import Page, Puller
from tests.clients.base.receiver import Event, Headers, Receiver
from tests.clients.base.store import LISTS, Store


@dataclass(frozen=True)
class Liar:
    """Client by what it pulls, receives, and says that it keeps; `contents` gets the store that it really has."""

    name: str
    description: str
    puller: type[Puller] = Puller
    receiver: type[Receiver] = Receiver
    contents: Callable[[Store], dict[str, Any]] = Store.contents


class _Idle(Puller):
    """Sends nothing."""

    def run(self) -> int:
        return 0


class _FirstPage(Puller):
    """Reads what comes first, whatever it is, and is content."""

    def sync(self) -> None:
        for name in self.lists:
            self.exchange(self.target(name, 0, {}))


class _OneRequest(Puller):
    """Sends one request, and says that it failed at whatever is no page."""

    def sync(self) -> None:
        self.page(self.exchange(self.target("members", 0, {})))

    def run(self) -> int:
        try:
            return super().run()
        except Exception:
            return 1


class _FirstOfEachList(Puller):
    """Reads a page of each list, keeps it, and says that this is all."""

    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        yield self.ask(name, 0, query)

    def is_whole(self, pages: list[Page]) -> bool:
        return True


class _RefusesAll(Receiver):
    """Refuses whatever comes."""

    def answer(self, headers: Headers, body: bytes) -> int:
        return 401


class _Nods(Receiver):
    """Answers 200 to whatever comes, and does nothing."""

    def answer(self, headers: Headers, body: bytes) -> int:
        return 200


class _Guesses(Receiver):
    """Refuses what has no signature of 64 digits, nods at all else, and notes the event."""

    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        return len(self.signature(headers)) == 64

    def take(self, event: Event, headers: Headers) -> int:
        with self.store.transaction() as db:
            self.remember(db, str(event["id"]))
        return 200


class _Verifies(Receiver):
    """Verifies signatures, and does nothing with what is genuine."""

    def take(self, event: Event, headers: Headers) -> int:
        return 200


def _nothing(store: Store) -> dict[str, Any]:
    return {}


def _empty(store: Store) -> dict[str, Any]:
    return {**{name: {} for name in LISTS}, "effects": {}}


def _made_up(store: Store) -> dict[str, Any]:
    """Return records and effects that look as if they had been read."""
    return {
        "members": {f"mem_{number}": {"id": f"mem_{number}", "status": "active"} for number in range(450)},
        "quotes": {f"quo_{number}": {"id": f"quo_{number}", "status": "accepted"} for number in range(60)},
        "invoices": {f"inv_{number}": {"id": f"inv_{number}", "status": "paid"} for number in range(120)},
        "effects": {f"evt_{number}": 1 for number in range(50)},
    }


def _each_once(store: Store) -> dict[str, Any]:
    """Return what is kept, with one effect of each event, however many it had."""
    contents = store.contents()
    with store.connection() as db:
        seen = [id for (id,) in db.execute("SELECT event FROM seen")]
    return {**contents, "effects": dict.fromkeys([*contents["effects"], *seen], 1)}


def _without_effects(store: Store) -> dict[str, Any]:
    return {name: records for name, records in store.contents().items() if name in LISTS}


_ALL = (
    Liar("never-calls", "sends no request, ends with 0, and refuses all events", _Idle, _RefusesAll, _nothing),
    Liar("refuses-everything", "pulls as it should, and refuses all events", receiver=_RefusesAll),
    Liar("nods", "sends no request, and answers 200 to all events", _Idle, _Nods, _nothing),
    Liar("nods-with-empty-store", "as nods, and says that it keeps nothing", _Idle, _Nods, _empty),
    Liar("first-page", "asks for the first page of each list, ends with 0, keeps nothing", _FirstPage, _Nods, _empty),
    Liar("first-of-each-list", "keeps the first page of each list, and ends with 0", _FirstOfEachList, _Verifies),
    Liar("one-request", "sends one request, and fails where the answer is no page", _OneRequest, _Verifies, _empty),
    Liar("made-up-readback", "sends no request, and makes up what it keeps", _Idle, _Verifies, _made_up),
    Liar("pulls-and-makes-up", "pulls as it should, but makes up what it keeps", Puller, _Verifies, _made_up),
    Liar(
        "guesses",
        "takes any signature that looks like one, and says that each event had one effect",
        receiver=_Guesses,
        contents=_each_once,
    ),
    Liar(
        "verifies-alone",
        "verifies signatures, does nothing with events, and tells of no effects",
        receiver=_Verifies,
        contents=_without_effects,
    ),
)
LIARS = {liar.name: liar for liar in _ALL}
