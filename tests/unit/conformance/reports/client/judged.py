"""A client that was judged, made by hand: it waits too short, has a weak check of signatures, and much is undecided."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from oneinvoice_conformance.clients.observation import (
    ClientRequest,
    DeliveryKind,
    Evidence,
    KeyPlace,
    Mark,
    ProgramEnd,
    Readback,
    SentDelivery,
    Trial,
    Wait,
)
from oneinvoice_conformance.clients.report import ClientReport
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.finding import (
    Finding,
    failed,
    inconclusive,
    not_applicable,
    not_tested,
    passed,
)
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.reports.client.builder import redacted_client_report
from oneinvoice_conformance.reports.redacted import RedactedReport

from tests.unit.conformance.fakes import CONTRACT, KEYS

ROWS = CONTRACT.register_of("client")
SECRET = "whsec_hand_made_0123456789"
STARTED = 1_767_225_600.0
_SENT = (("Authorization", "Bearer $ONEINVOICE_KEY"), ("User-Agent", "sync/1.4"), ("Accept", "application/json"))
_JSON = (("Content-Type", "application/json"),)


def page(number: int, at: float, target: str, records: int, total: int = 120, **more: object) -> ClientRequest:
    """Return a request that got a page."""
    data = [{"id": f"rec_{each:03}", "status": "active"} for each in range(min(records, 3))]
    body = json.dumps({"data": data, "pagination": {"total": total}}).encode()
    return asked(number, at, target, 200, records=records, total=total, body=body, answer_headers=_JSON, **more)


def asked(number: int, at: float, target: str, status: int, **more: object) -> ClientRequest:
    """Return a request with the key, answered with a status after 20 ms."""
    plain = ClientRequest(
        number=number,
        at=at,
        method="GET",
        target=f"/api/v1/{target}",
        headers=_SENT,
        key_places=(KeyPlace.BEARER,),
        status=status,
        answering=at + 0.015,
        answered=at + 0.02,
        connection=1,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def sent(
    number: int,
    at: float,
    event: str,
    status: int = 204,
    kind: DeliveryKind = DeliveryKind.GENUINE,
    form: str = "",
    **more: object,
) -> SentDelivery:
    """Return a delivery that was answered after 30 ms, unless that is said otherwise."""
    id = f"evt_{number:04}"
    body = json.dumps({"id": id, "event": event, "data": {"id": "inv_001", "status": event.rpartition(".")[2]}})
    headers = (
        ("X-1Invoice-Event", event),
        ("X-1Invoice-Signature", f"{number:064x}"),
        ("User-Agent", "1invoice-webhooks/1"),
    )
    plain = SentDelivery(number, at, id, event, kind, form, headers, body.encode(), status, at + 0.03)
    return replace(plain, **more)  # type: ignore[arg-type]


def well_behaved() -> Trial:
    targets = ["members?limit=50", "members?limit=50&offset=50", "members?limit=50&offset=100"]
    targets += ["quotes?limit=50", "quotes?limit=50&offset=50", "invoices?limit=50", "invoices?limit=50&offset=50"]
    requests = [page(number, 0.3 + 0.07 * number, target, 50) for number, target in enumerate(targets, 1)]
    events = ["invoice.created", "quote.sent", "invoice.paid"]
    return Trial(
        scenario="well-behaved",
        title="The API behaves well.",
        seed=7000,
        started=STARTED,
        seconds=2.6,
        requests=tuple(requests),
        deliveries=tuple(sent(number, 1.5 + 0.2 * number, event) for number, event in enumerate(events, 1)),
        waits=(Wait(2.15, 2.5, "an effect may still come"),),
        program=ProgramEnd(0, 0.97, "120 members, 80 quotes, 80 invoices"),
        readback=Readback({"members": {f"mem_{n}": {} for n in range(120)}}, {"evt_0001": 1}),
    )


def limited() -> Trial:
    """Four workers get a 429 with Retry-After: 2, and one of them goes on after 0.2 s, the others at once."""
    limit = {"mark": Mark.LIMITED, "answer_headers": (("Retry-After", "2"), *_JSON), "body": b'{"title": "Too many"}'}
    requests = [
        page(n, 0.3 + 0.03 * n, f"members?limit=50&offset={50 * n}", 50, connection=1 + n % 4) for n in range(1, 6)
    ]
    requests += [asked(6, 0.62, "quotes?limit=50", 429, connection=2, **limit)]
    requests += [asked(7, 0.63, "invoices?limit=50", 429, connection=3, **limit)]
    requests += [
        asked(8 + n, at, "quotes?limit=50", 429, connection=2 + n % 3, **limit)
        for n, at in enumerate([0.84, 0.88, 1.06, 1.09, 1.31, 1.52, 1.74, 2.02])
    ]
    requests += [
        page(16 + n, 3.95 + 0.08 * n, f"quotes?limit=50&offset={50 * n}", 50 - 20 * n, 80, connection=2)
        for n in range(2)
    ]
    return Trial(
        scenario="limited",
        title="The key gets 429 with Retry-After: 2 after five requests.",
        seed=7001,
        started=STARTED + 3,
        seconds=4.6,
        requests=tuple(requests),
        program=ProgramEnd(0, 4.2, "done, 9 retries"),
        facts={"limited_at": 0.62, "per": 3.0, "keys": frozenset({"b", "a"})},
    )


def limited_by_date() -> Trial:
    date = (("Retry-After", "Thu, 01 Jan 2026 00:00:12 GMT"), ("Date", "Thu, 01 Jan 2026 00:00:10 GMT"))
    requests = [page(1, 0.4, "members?limit=50", 50), page(2, 0.47, "members?limit=50&offset=50", 50)]
    requests += [asked(3, 0.55, "members?limit=50&offset=100", 429, mark=Mark.LIMITED, answer_headers=date)]
    requests += [page(4, 2.7, "members?limit=50&offset=100", 20), page(5, 2.8, "quotes?limit=50", 50)]
    return Trial(
        scenario="limited-date",
        title="The key gets 429 with a Retry-After that is a date.",
        seed=7002,
        started=STARTED + 8,
        seconds=3.2,
        requests=tuple(requests),
        program=ProgramEnd(0, 3.0),
    )


def outage() -> Trial:
    requests = [page(1, 0.4, "members?limit=50", 50)]
    requests += [
        asked(2 + n, at, "quotes?limit=50", 500, mark=Mark.OUTAGE, body=b"<h1>Internal Server Error</h1>")
        for n, at in enumerate([0.5, 1.1, 2.2, 4.3])
    ]
    requests += [asked(6, 8.4, "quotes?limit=50", 0, mark=Mark.NO_ANSWER, answering=None, answered=None)]
    return Trial(
        scenario="outage",
        title="One list gets 500 for as long as the client asks.",
        seed=7003,
        started=STARTED + 12,
        seconds=30.4,
        requests=tuple(requests),
        program=ProgramEnd(None, 30.0, "GET /quotes: 500, next try in 60 s"),
    )


def moving() -> Trial:
    requests = [
        page(
            n + 1,
            0.3 + 0.1 * n,
            f"members?limit=50&offset={50 * n}",
            50,
            120 - n,
            mark=Mark.CHANGED if n else Mark.PLAIN,
        )
        for n in range(3)
    ]
    return Trial(
        scenario="moving",
        title="Members come and go between the pages.",
        seed=7004,
        started=STARTED + 43,
        seconds=1.1,
        requests=tuple(requests),
        program=ProgramEnd(0, 0.9),
        readback=Readback({"members": {f"mem_{n}": {} for n in range(118)}}),
    )


def forged() -> Trial:
    forms = [
        "no signature",
        "another secret",
        "one bit off",
        "cut to 1 hex",
        "cut to 32 hex",
        "empty",
        "another event's",
    ]
    statuses = [401, 401, 401, 401, 200, 401, 401]
    deliveries = [sent(1, 0.2, "invoice.paid")]
    deliveries += [
        sent(2 + n, 0.5 + 0.35 * n, "invoice.paid", status, DeliveryKind.FORGED, form)
        for n, (form, status) in enumerate(zip(forms, statuses, strict=True))
    ]
    deliveries += [sent(9, 3.2, "invoice.paid"), sent(10, 3.6, "invoice.paid", kind=DeliveryKind.REPEATED)]
    deliveries += [sent(11, 3.9, "ping", 0, DeliveryKind.UNKNOWN_EVENT, answered=None, problem="no answer within 15 s")]
    return Trial(
        scenario="forged",
        title="Events come whose signature is none, between two that are genuine.",
        seed=7005,
        started=STARTED + 45,
        seconds=21.0,
        deliveries=tuple(deliveries),
        waits=(Wait(19.0, 20.9, "an effect may still come"),),
    )


def hundred() -> Trial:
    deliveries = [sent(n + 1, 0.3 + 0.001 * n, "invoice.sent", answered=0.4 + 0.012 * n) for n in range(100)]
    return Trial("hundred", "A hundred events come at once.", 7006, STARTED + 67, 2.4, deliveries=tuple(deliveries))


def untrusted() -> Trial:
    return Trial(
        "untrusted",
        "The API has a certificate of nobody.",
        7007,
        STARTED + 70,
        0.4,
        problem="the client speaks http alone",
    )


TRIALS = (well_behaved(), limited(), limited_by_date(), outage(), moving(), forged(), hundred(), untrusted())
EVIDENCE = {
    "CLIENT/PACE-1": (Evidence("limited", tuple(range(8, 16))),),
    "CLIENT/PACE-2": (Evidence("limited-date", (4,)),),
    "CLIENT/PACE-4": (Evidence("limited", (8, 9, 10)),),
    "CLIENT/PACE-6": (Evidence("outage", (2, 3, 4, 5, 6)),),
    "CLIENT/PAGE-4": (Evidence("moving", (2, 3)),),
    "CLIENT/HOOK-1": (Evidence("hundred"), Evidence("well-behaved", (), (1, 2, 3))),
    "CLIENT/HOOK-2": (Evidence("forged", (), (6,)),),
    "CLIENT/HOOK-6": (Evidence("forged", (), (11,)),),
}
_STATE = "the state of the client decides it"
FINDINGS: dict[str, Finding] = {
    "KEY-1": passed("each of 40 requests has it as Authorization: Bearer, and nowhere else"),
    "KEY-2": passed("nothing came after the 401"),
    "KEY-3": passed("its exit code was 3"),
    "KEY-4": not_applicable("the client followed no redirect"),
    "KEY-5": not_applicable("the client speaks http alone"),
    "PACE-1": failed("8 requests came up to 1.80 s before the Retry-After of 2 s was over, the first after 0.20 s"),
    "PACE-2": passed("the next request came 2.13 s after the 429, whose date was 2 s away"),
    "PACE-3": not_tested("the scenario was left out, since one before it was interrupted"),
    "PACE-4": failed("3 workers sent 3 requests after another of them had got a 429"),
    "PACE-5": passed("each of 10 pages that were refused was asked for again"),
    "PACE-6": failed("no try after the fifth ended it: the program was killed after 30 s"),
    "PAGE-1": passed("the offsets of members, quotes and invoices cover what there is"),
    "PAGE-2": not_applicable("it never asked for more than 200"),
    "PAGE-3": passed("it ended on a full page, and after one page that repeats"),
    "PAGE-4": failed("2 of 118 members that stood throughout are missing: 'mem_050' and 'mem_101'"),
    "TOL-1": passed("it ended as in the control, with 3 kinds of grease in each answer"),
    "TOL-2": inconclusive("it ended well, and what it kept was not told"),
    "TOL-3": inconclusive("it ended with 0, and what it kept was not told"),
    "HOOK-1": passed("19 of 20 answers came within 1.13 s, a hundred at once too"),
    "HOOK-2": failed(
        "an event whose signature was cut to 32 hex was answered 200, as a genuine one before and after it"
    ),
    "HOOK-3": passed("all of 5 forms were accepted"),
    "HOOK-4": not_tested(_STATE, "--readback"),
    "HOOK-5": not_tested(_STATE, "--readback"),
    "HOOK-6": inconclusive("the answer to 'ping' did not come within 15 s"),
    "HOOK-7": not_tested("its scenarios need what was not given", "--readback", "--restart", "--rotate"),
}


def results() -> Iterator[Result]:
    for row in ROWS.requirements:
        if row.not_testable:
            yield Result(row, not_applicable(row.not_testable))
        else:
            yield Result(row, FINDINGS[row.id.removeprefix("CLIENT/")], seconds=0.01)


def client_report(
    found: Sequence[Result] | None = None, *, only: str | None = None, trials: tuple[Trial, ...] = TRIALS
) -> ClientReport:
    """Return the report of the client, or of other results of it."""
    return ClientReport(
        client="python sync.py --all",
        depth="run",
        contract=CONTRACT,
        scope=Scope.parse(ROWS, only, None),
        results=tuple(results() if found is None else found),
        trials=trials,
        evidence=EVIDENCE,
        started=STARTED,
        seconds=71.4,
        notes=("the client did not read all records within --run-timeout, so each list has 12",),
        configuration={"seed": 7, "settle": 10.0, "sha256": "0" * 64},
    )


def redacted(found: ClientReport | None = None, *, traffic: bool = False) -> RedactedReport:
    """Return the report as writers get it."""
    deployment = Deployment("", KEYS, webhook_secret=SECRET)
    return redacted_client_report(found or client_report(), Redactor(deployment), traffic=traffic)
