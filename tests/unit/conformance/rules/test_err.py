from collections import Counter

import pytest
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.session.rule_context import Depth, RuleContext
from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wrappers import Response

from tests.miniatures import FAULTS, Deployment
from tests.miniatures.data import Key
from tests.miniatures.deployment import Abort
from tests.unit.conformance.fakes import KEYS, NAMES, VALID, InProcess, judged


class Always(Deployment):
    """Refuses every list with the same status."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def list_records(self, request: WerkzeugRequest, resource: str) -> Response:
        return self.error(self.status, "no")


def after_the_run(miniature: Deployment) -> Outcome:
    """What ERR-2 finds once the other rules have asked what they ask."""
    client = InProcess(miniature)
    for endpoint in ("members", "quotes", "invoices"):
        for status in ("active", "accepted", None):
            RuleContext(client, NAMES).ask(endpoint, limit=200, offset=0, status=status)
    return RULES["ERR-2"].judge(RuleContext(client, NAMES)).outcome


def test_a_run_that_saw_nothing_but_answers_passes():
    assert after_the_run(Deployment()) is Outcome.PASSED


@pytest.mark.parametrize("status", [400, 401, 403, 422, 429, 500, 503])
def test_a_run_in_which_nothing_was_served_decides_nothing(status: int):
    assert after_the_run(Always(status)) is Outcome.INCONCLUSIVE


def test_no_request_decides_nothing():
    assert RULES["ERR-2"].judge(RuleContext(InProcess(Deployment()), NAMES)).outcome is Outcome.INCONCLUSIVE


# Bad input


def bad_input(miniature: Deployment, keys: dict[str, str] = KEYS, *, thorough: bool = True) -> RuleContext:
    """What ERR-1 sees."""
    context = RuleContext(InProcess(miniature, keys), NAMES, depth=Depth.EXTENDED if thorough else Depth.SHORT)
    assert RULES["ERR-1"].judge(context).outcome is Outcome.PASSED
    return context


def accounts(context: RuleContext) -> Counter[str]:
    return Counter(exchange.request.credential.account for exchange in context.seen)


@pytest.mark.parametrize(
    ("without", "counts"),
    [
        ((), {"sibling": 37}),
        (("sibling",), {"primary": 10, "other": 27}),
        (("sibling", "other"), {"primary": 37}),
    ],
)
def test_more_bad_input_is_sent_with_a_key_that_has_requests_left(without: tuple[str, ...], counts: dict[str, int]):
    keys = {role: key for role, key in KEYS.items() if role not in without}
    assert accounts(bad_input(Deployment(), keys)) == counts
    assert accounts(bad_input(Deployment(), keys, thorough=False)).total() == 15


def test_parameters_twice_and_broken_escapes_are_sent_as_they_stand():
    targets = [each.request.target for each in bad_input(Deployment(), thorough=False).seen if each.request.is_encoded]
    assert [target.partition("?")[2] for target in targets] == [
        "limit=1&limit=2",
        "status=active&status=pending",
        "limit=%",
        "status=%zz",
        "status=%ff",
    ]


class Stumbling(Deployment):
    """Crashes at the first tries of a limit that is no number, and then no more."""

    def __init__(self, crashes: int = 1) -> None:
        super().__init__()
        self.tries: Counter[str] = Counter()
        self.crashes = crashes

    def parse_limit(self, text: str | None) -> int:
        self.tries[str(text)] += 1
        if text == "abc" and self.tries[text] <= self.crashes:
            raise Abort(self.error(500, "The database is away."))
        return super().parse_limit(text)


@pytest.mark.parametrize("crashes", [1, 2])
def test_a_crash_that_does_not_come_again_is_none_of_the_input(crashes: int):
    context = bad_input(Stumbling(crashes))
    tried = [exchange.status for exchange in context.seen if exchange.request.target.endswith("/members?limit=abc")]
    assert tried == [500] * crashes + [400]


def test_a_crash_is_seen_twice_and_only_the_plain_list_is_asked_anew():
    client = InProcess(FAULTS["text-offset-crashes"].deployment())
    finding = RULES["ERR-1"].judge(RuleContext(client, NAMES))
    assert (finding.outcome, finding.certain) == (Outcome.FAILED, True)
    assert finding.reason == "GET /api/v1/members?offset=abc gets 500, twice"
    targets = Counter(exchange.request.target for exchange in client.journal)
    anew = {target for target, count in targets.items() if count > 1}
    assert anew == {"/api/v1/members?offset=abc", "/api/v1/members"}


def test_what_is_refused_as_a_page_size_is_no_undocumented_error():
    client = InProcess(FAULTS["limit-over-100-too-large"].deployment())
    RuleContext(client, NAMES).read_list("members")
    assert any(exchange.status == 413 for exchange in client.journal)
    assert RULES["ERR-2"].judge(RuleContext(client, NAMES)).outcome is Outcome.PASSED


# Neither a list nor an error


class Instead(Deployment):
    """Answers a limit that is no number in some other way."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.instead = answer

    def parse_limit(self, text: str | None) -> int:
        if text == "abc":
            raise Abort(self.instead)
        return super().parse_limit(text)


def told(answer: Response) -> Finding:
    client = InProcess(Instead(answer))
    context = RuleContext(client, NAMES)
    context.ask("members", limit=7)
    context.ask("members", limit="abc", accepts_4xx=True)
    return RULES["ERR-2"].judge(RuleContext(client, NAMES))


@pytest.mark.parametrize(
    "answer",
    [
        Response('{"error": "bad limit"}', content_type="application/json"),
        Response("a page"),
        Response(status=204),
        Response(status=302, headers={"Location": "/docs"}),
        Response(status=302),
    ],
    ids=["error", "page", "nothing", "manual", "nowhere"],
)
def test_bad_input_gets_a_list_or_an_error(answer: Response):
    finding = told(answer)
    assert (finding.outcome, finding.certain) == (Outcome.FAILED, True)
    assert f"got {answer.status_code} without a list" in finding.reason
    assert len(finding.evidence) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Response('{"items": []}', content_type="application/json"),
        Response(status=302, headers={"Location": "/api/v1/members?limit=50"}),
        Response(status=404),
        Response(status=429),
    ],
    ids=["list", "canonical address", "not found", "throttled"],
)
def test_bad_input_may_count_as_not_sent_or_as_an_error(answer: Response):
    assert told(answer).outcome is Outcome.PASSED


def test_where_nothing_is_a_list_another_rule_says_so():
    class Pages(Deployment):
        def envelope(self, items: object, total: int, ask: object) -> object:
            return {"count": total}

    client = InProcess(Pages())
    context = RuleContext(client, NAMES)
    context.ask("members", limit="7")
    RULES["ERR-1"].judge(context)
    assert RULES["ERR-2"].judge(RuleContext(client, NAMES)).outcome is Outcome.PASSED


class RevokedMeanwhile(Deployment):
    """Refuses every key from the first request with a filter on."""

    def find_key(self, token: str, resource: str) -> Key | None:
        gone = any("status=" in call.target for call in self.log)
        return None if gone else super().find_key(token, resource)


class PendingUnauthorized(Deployment):
    """Refuses keys where pending members are asked for."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        if text == "pending":
            raise Abort(self.refuse("unknown", resource))
        return super().parse_status(text, resource)


@pytest.mark.parametrize(
    ("deployment", "told"),
    [
        (RevokedMeanwhile(), "which was served with that key before; see whether it was revoked meanwhile"),
        (PendingUnauthorized(), "twice, where that key is served without a query: 401 is for keys"),
    ],
)
def test_a_401_is_documented_and_leaves_it_open_for_a_key_that_is_served(deployment: Deployment, told: str):
    client = InProcess(deployment)
    for query in ((), (("status", "pending"),)):
        client.ask(Request("members", VALID, query))
    finding = judged("ERR-2", client)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert told in finding.reason


class DownAfterwards(Deployment):
    """Is out of order from the first request with a filter on, by JSON as a load balancer writes it."""

    def answer(self, request: WerkzeugRequest) -> Response:
        if any("status=" in call.target for call in self.log):
            return self.render({"message": "Service Unavailable"}, 503)
        return super().answer(request)


def test_an_outage_that_begins_in_the_run_is_no_error_of_a_filter():
    client = InProcess(DownAfterwards())
    for query in ((), (("status", "pending"),)):
        client.ask(Request("members", VALID, query))
    finding = judged("ERR-2", client)
    assert (finding.outcome, finding.reason) == (
        Outcome.INCONCLUSIVE,
        "GET /api/v1/members was not served: 503",
    )


class PendingStumbles(Deployment):
    """Answers the filter pending with 500 twice, and then with a list."""

    tries = 0

    def parse_status(self, text: str | None, resource: str) -> str | None:
        self.tries += text == "pending"
        if text == "pending" and self.tries < 3:
            raise Abort(self.error(500, "The database is away."))
        return super().parse_status(text, resource)


def test_an_error_now_and_then_may_come_twice():
    client = InProcess(PendingStumbles())
    for query in ((), (("status", "active"),), (("status", "pending"),)):
        client.ask(Request("members", VALID, query))
    assert judged("ERR-2", client).outcome is Outcome.PASSED


@pytest.mark.parametrize(("status", "outcome"), [(503, Outcome.FAILED), (404, Outcome.PASSED)])
def test_a_status_of_no_documented_filter_may_be_refused_and_gets_no_5xx(status: int, outcome: Outcome):
    class SentElsewhere(Deployment):
        def parse_status(self, text: str | None, resource: str) -> str | None:
            if text == "sent":
                raise Abort(self.error(status, "no"))
            return super().parse_status(text, resource)

    client = InProcess(SentElsewhere())
    for query in ((), (("status", "paid"),)):
        client.ask(Request("invoices", VALID, query))
    client.ask(Request("invoices", VALID, (("status", "sent"),), accepts_4xx=True))
    assert judged("ERR-2", client).outcome is outcome


class PendingPages(Deployment):
    """Shows a page for people in the place of pending members; for a while it does so in the place of all lists."""

    address = ""
    asked: tuple[str, ...] = ("pending",)

    def list_records(self, request: WerkzeugRequest, resource: str) -> Response:
        honest = super().list_records(request, resource)
        if request.args.get("status") not in self.asked:
            return honest
        if self.address:
            return self.error(302, "Log in.", Location=self.address)
        return Response("<!doctype html><h1>Welcome</h1>", content_type="text/html")


class PendingBehindLogin(PendingPages):
    """Sends whoever asks for pending members to log in."""

    address = "/login"


class PendingMoved(PendingPages):
    """Sends whoever asks for pending members to read the manual."""

    address = "/docs"


class PageForAWhile(PendingPages):
    """Shows that page once for pending members, and from then on for everything."""

    def list_records(self, request: WerkzeugRequest, resource: str) -> Response:
        if any("status=" in call.target for call in self.log):
            self.asked = ("pending", None)  # type: ignore[assignment]
        return super().list_records(request, resource)


class MaintenanceForAWhile(PageForAWhile):
    """Sends everybody to a page on maintenance, from the first time that pending members are asked for."""

    address = "/maintenance"


@pytest.mark.parametrize(
    ("deployment", "outcome"),
    [
        (PendingPages(), Outcome.FAILED),
        (PendingBehindLogin(), Outcome.INCONCLUSIVE),
        (PendingMoved(), Outcome.FAILED),
        (PageForAWhile(), Outcome.INCONCLUSIVE),
        (MaintenanceForAWhile(), Outcome.INCONCLUSIVE),
    ],
)
def test_a_page_at_one_query_alone_is_the_apis_and_a_login_or_a_page_everywhere_is_not(
    deployment: Deployment, outcome: Outcome
):
    client = InProcess(deployment)
    for query in ((), (("status", "pending"),)):
        client.ask(Request("members", VALID, query))
    assert judged("ERR-2", client).outcome is outcome
