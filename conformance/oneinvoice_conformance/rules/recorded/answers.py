"""Answers that a recording holds, by what was asked, and when two of them contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from oneinvoice_conformance.documented import FILTERS, MAX_PAGE_SIZE
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive
from oneinvoice_conformance.records.finder import Record, status_of
from oneinvoice_conformance.records.names import Names
from oneinvoice_conformance.session.list_reader import are_alike
from oneinvoice_conformance.session.pages import Page
from oneinvoice_conformance.session.rule_context import RuleContext

_NOT_OF_INPUT = (401, 403, 404, 429)  # errors that say nothing of a parameter
_DOCUMENTED = ("limit", "offset", "status")
_MOST = 400  # answers that are compared with each other
ONCE = "which data that changed meanwhile may explain; record the first request again behind the other"
NO_KEYS = "which two callers may explain, since the file shows no keys; export it with them"


@dataclass(frozen=True, eq=False)
class Answer:
    """Answer to the primary key, with the documented parameters of its request; None stands for one that is not sent.

    `has_more` says that other parameters were sent, by which a deployment may give fewer records, fields, or another
    order. `is_odd` says that a documented one has a value that is none, or stands twice. `page` has the first records
    of its list; None without one.
    """

    exchange: Exchange
    limit: int | None = None
    offset: int | None = None
    status: str | None = None
    has_more: bool = False
    is_odd: bool = False
    page: Page | None = None

    @property
    def is_good(self) -> bool:
        """Tell whether the request asked for what has to be served whatever there is, and not behind a list's end."""
        is_good_limit = self.limit is None or self.limit <= MAX_PAGE_SIZE
        is_documented = self.status is None or self.status in FILTERS.get(self.exchange.request.endpoint, ())
        return not (self.has_more or self.is_odd or self.start) and is_good_limit and is_documented

    @property
    def start(self) -> int:
        return self.offset or 0

    @property
    def end(self) -> int:
        """Position behind the last record, if offsets are honoured."""
        return self.start + len(self.page or ())

    @property
    def ids(self) -> list[str]:
        return self.page.identities if self.page else []

    @property
    def is_whole(self) -> bool:
        """Tell whether its records can be told from others, and are all kept."""
        return self.page is not None and self.page.is_whole and (self.exchange.identified or not self.page.records)

    @cached_property
    def content(self) -> tuple[tuple[str, str | None], ...]:
        """Ids and statuses of the records, equal for two answers between which nothing of these changed."""
        return tuple(zip(self.ids, map(status_of, self.page.records), strict=True)) if self.page else ()

    def __str__(self) -> str:
        return str(self.exchange.request)


@dataclass(frozen=True)
class Answers:
    """Answers of a recording in the order of time, with what reads them.

    `tells_keys` says that those to the `primary` key are known to be to one key. `others` were given to a second one,
    and `refusable` to what is no valid key. `shows_absence` says that a request without credentials had none.
    """

    primary: Sequence[Answer]
    context: RuleContext
    tells_keys: bool = True
    others: Sequence[Answer] = ()
    refusable: Sequence[Exchange] = field(default=())
    shows_absence: bool = False
    _stable: dict[str, bool] = field(default_factory=dict)

    @property
    def names(self) -> Mapping[str, Names]:
        return self.context.names

    @cached_property
    def _changes(self) -> list[tuple[float, float]]:
        """Times between which what the same request gets has changed, or was another caller's."""
        last: dict[tuple[object, ...], Answer] = {}
        changes = []
        for answer in (each for each in self.primary if each.page is not None and not each.has_more):
            before = last.get(_target(answer))
            if before is not None and before.content != answer.content:
                changes.append((before.exchange.sent, answer.exchange.received))
            last[_target(answer)] = answer
        return changes

    def at(self, endpoint: str) -> list[Answer]:
        """Return the answers of an endpoint, to whatever query."""
        return [each for each in self.primary if each.exchange.request.endpoint == endpoint]

    def lists(self, endpoint: str) -> list[Answer]:
        """Return the lists of an endpoint that are answers to what the documentation names, and nothing else."""
        return [each for each in self.at(endpoint) if each.page is not None and not each.has_more and not each.is_odd]

    def comparable(self, endpoint: str) -> list[Answer]:
        """Return those of the lists whose records can be told apart; none where ids change from answer to answer."""
        if endpoint not in self._stable:
            self._stable[endpoint] = self._ids_are_stable(endpoint)
        return [each for each in self.lists(endpoint) if each.is_whole] if self._stable[endpoint] else []

    def _ids_are_stable(self, endpoint: str) -> bool:
        """Tell whether an id mostly stands for the same record, and isn't the number of a row."""
        first: dict[str, Record] = {}
        seen = others = 0
        for answer in (each for each in self.lists(endpoint) if each.is_whole and each.page):
            for key, record in zip(answer.ids, answer.page.records if answer.page else (), strict=True):
                seen += key in first and first[key] != record
                others += key in first and not are_alike(first[key], record)
                first.setdefault(key, record)
        return others * 2 <= seen

    def contradict(self, one: Answer, two: Answer) -> bool:
        """Tell whether two answers that don't go together were given at the same time.

        One of them has to be recorded again, the same, on the other side of the other in time.
        """
        return self.tells_keys and (self._surround(one, two) or self._surround(two, one))

    def contradiction(self, reason: str, one: Answer, two: Answer) -> Finding | None:
        """Return the finding on two answers that don't go together: a failure, a doubt where they may do, or None.

        None where other answers show that data changed meanwhile.
        """
        if _target(one) == _target(two):
            return None
        if self.contradict(one, two):
            return failed(reason, one.exchange, two.exchange, certain=True)
        if self._changed_between(*sorted((one.exchange.sent, two.exchange.sent))):
            return None
        why = ONCE if self.tells_keys else NO_KEYS
        return inconclusive(f"{reason}, {why}", one.exchange, two.exchange)

    def refused(self, answers: Sequence[Answer], what: str) -> Finding | None:
        """Return the finding on good input that is refused as bad: a failure where that was so twice.

        A list of the endpoint has to be served in between, so that it is neither the key nor the moment.
        """
        doubt = None
        for answer in answers:
            status = answer.exchange.status
            is_refused = 400 <= status < 500 and status not in _NOT_OF_INPUT
            if not (is_refused and answer.is_good):
                continue
            reason = f"{what}, {answer}, is refused with {answer.exchange.status}"
            if again := self.persists(answer):
                return failed(f"{reason}, twice", answer.exchange, again.exchange, certain=True)
            doubt = doubt or inconclusive(f"{reason}; it was recorded once, so record it again", answer.exchange)
        return doubt

    def persists(self, answer: Answer) -> Answer | None:
        """Return a later answer like an error, where a list of that endpoint was served in between; else None."""
        served = self.lists(answer.exchange.request.endpoint)
        for again in self.at(answer.exchange.request.endpoint):
            is_same = _target(again) == _target(answer) and again.exchange.status == answer.exchange.status
            if is_same and any(_is_before(answer, each) and _is_before(each, again) for each in served):
                return again if self.tells_keys else None
        return None

    def _surround(self, outer: Answer, inner: Answer) -> bool:
        """Tell whether the request of one answer got the same as that right before and right behind the other.

        Nothing else may have changed meanwhile: data that did may have changed back too.
        """
        same = [each for each in self.primary if _target(each) == _target(outer)]
        before = [each for each in same if _is_before(each, inner)][-1:]
        behind = [each for each in same if _is_before(inner, each)][:1]
        if not all(len(side) == 1 and side[0].content == outer.content for side in (before, behind)):
            return False
        return not self._changed_between(before[0].exchange.sent, behind[0].exchange.received)

    def _changed_between(self, since: float, until: float) -> bool:
        return any(before < until and since < after for before, after in self._changes)


def _target(answer: Answer) -> tuple[object, ...]:
    return (
        answer.exchange.request.endpoint,
        answer.exchange.request.version,
        tuple(sorted(answer.exchange.request.query)),
    )


def _is_before(one: Answer, two: Answer) -> bool:
    """Tell whether an answer had come when the other request was sent."""
    return one.exchange.received < two.exchange.sent


def answer_of(context: RuleContext, exchange: Exchange) -> Answer:
    """Return an exchange by its parameters."""
    query = exchange.request.query
    values = dict(query)
    limit, offset = _number(values.get("limit"), 1), _number(values.get("offset"), 0)
    is_odd = len(values) < len(query) or any(
        name in values and number is None for name, number in (("limit", limit), ("offset", offset))
    )
    page = None
    with suppress(Undecided):
        page = context.records(exchange).beginning if exchange.request.endpoint else None
    has_more = any(name not in _DOCUMENTED for name in values)
    return Answer(exchange, limit, offset, values.get("status"), has_more, is_odd, page)


def _number(text: str | None, least: int) -> int | None:
    """Return a number that is written as one, and none that is too small."""
    if text is None or not (text.isascii() and text.isdecimal()) or len(text) > len(str(MAX_PAGE_SIZE)) + 15:
        return None
    return int(text) if int(text) >= least else None


def pairs(answers: Sequence[Answer]) -> Iterator[tuple[Answer, Answer]]:
    """Yield each answer with each of the later ones, of so many that it doesn't take long."""
    some = answers[:_MOST]
    for place, one in enumerate(some):
        for two in some[place + 1 :]:
            yield one, two
