"""Versions, on miniatures with and without a v2."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from werkzeug.wrappers import Request, Response

from tests.miniatures import FAULTS, FREE, Deployment
from tests.miniatures.freedoms.versions import SecondVersion
from tests.unit.conformance.fakes import KEYS, judged


def test_without_v2_there_is_nothing_to_run_beside() -> None:
    finding = judged("VER-3", Deployment())
    assert (finding.outcome, finding.reason) == (Outcome.NOT_APPLICABLE, "there is no /api/v2")


def test_without_an_earlier_report_nothing_is_said_of_stability() -> None:
    assert judged("VER-2", Deployment()).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("name", ["second-version", "second-version-with-far-sunset"])
def test_v1_beside_v2(name: str) -> None:
    assert judged("VER-3", FREE[name].deployment()).outcome is Outcome.PASSED
    assert judged("VER-1", FREE[name].deployment()).outcome is Outcome.PASSED


def test_the_page_of_an_application_is_no_v2() -> None:
    assert judged("VER-3", FREE["page-at-every-other-address"].deployment()).outcome is Outcome.NOT_APPLICABLE


class SunsetOutOfTheBlue(SecondVersion):
    """v1 is to end, and nobody says since when there is a v2."""

    def finish(self, request: Request, response: Response) -> Response:
        response.headers["Sunset"] = "Fri, 01 Jan 2027 00:00:00 GMT"
        return response


class SunsetWithoutNext(SunsetOutOfTheBlue):
    """v1 is to end, and there is nothing to go on with."""

    route = Deployment.route


class SunsetInAGarbledDate(SecondVersion):
    """Nobody can read when v1 is to end."""

    date = "next spring"

    def finish(self, request: Request, response: Response) -> Response:
        response.headers["Sunset"] = self.date
        return response


class SunsetInAGarbledDateWithoutNext(SunsetInAGarbledDate):
    """The same without a v2."""

    route = Deployment.route


def test_an_end_without_a_beginning_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_795_000_000.0)  # in November 2026
    assert judged("VER-3", SunsetOutOfTheBlue()).outcome is Outcome.INCONCLUSIVE
    monkeypatch.setattr("time.time", lambda: 1_700_000_000.0)  # three years before
    assert judged("VER-3", SunsetOutOfTheBlue()).outcome is Outcome.PASSED


@pytest.mark.parametrize("date", ["next spring", "2027-01-01", "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"])
@pytest.mark.parametrize("miniature", [SunsetInAGarbledDate, SunsetInAGarbledDateWithoutNext])
def test_an_end_that_can_not_be_read_is_left_open(
    miniature: type[SunsetInAGarbledDate], date: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(miniature, "date", date)
    finding = judged("VER-3", miniature())
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert f"'{date}' in the Sunset of GET /api/v1 is no date of HTTP" in finding.reason


def test_an_empty_sunset_announces_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SunsetInAGarbledDate, "date", "")
    assert judged("VER-3", SunsetInAGarbledDate()).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("now", "outcome"),
    [(1_795_000_000.0, Outcome.FAILED), (1_700_000_000.0, Outcome.NOT_APPLICABLE)],
    ids=["in less than six months", "in three years"],
)
@pytest.mark.parametrize("keys", [KEYS, {}], ids=["with keys", "without a key"])
def test_an_end_without_a_next_version(
    keys: dict[str, str], now: float, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: now)
    finding = judged("VER-3", SunsetWithoutNext(), keys)
    assert (finding.outcome, finding.certain) == (outcome, outcome is Outcome.FAILED)


class Gone(SecondVersion):
    """Quotes are only to be had in v2."""

    def list_records(self, request: Request, resource: str) -> Response:
        if resource == "quotes" and "/v2/" not in request.environ.get("REQUEST_URI", ""):
            return self.error(410, "Quotes have moved to /api/v2.")
        return super().list_records(request, resource)


def test_what_is_gone_from_v1_too_soon() -> None:
    finding = judged("VER-3", Gone())
    assert finding.outcome is Outcome.FAILED
    assert "is not any more: 410" in finding.reason


class Unavailable(Deployment):
    """Whatever is not v1 gets 503."""

    def route(self, request: Request) -> Response:
        return super().route(request) if "/v1" in request.path else Response(status=503)


def test_a_v2_that_can_not_be_looked_at_is_left_open() -> None:
    assert judged("VER-3", Unavailable()).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("name", ["version-not-in-url", "version-of-quotes-not-in-url"])
def test_a_redirect_out_of_the_version(name: str) -> None:
    finding = judged("VER-1", FAULTS[name].deployment())
    assert finding.outcome is Outcome.FAILED
    assert finding.reason.endswith(", out of /api/v1")


class QuotesMoved(Deployment):
    """Quotes redirect to somewhere."""

    location = "/"

    def list_records(self, request: Request, resource: str) -> Response:
        if resource == "quotes":
            return self.error(302, "Elsewhere.", Location=self.location)
        return super().list_records(request, resource)


@pytest.mark.parametrize(
    ("location", "outcome"),
    [
        ("/quotes", Outcome.FAILED),
        ("https://api.example/v1/Quotes.json?page=1", Outcome.FAILED),
        ("/login?next=/api/v1/quotes", Outcome.INCONCLUSIVE),
        ("/login/quotes", Outcome.INCONCLUSIVE),
        ("/users/sign_in", Outcome.INCONCLUSIVE),
        ("/session/new", Outcome.INCONCLUSIVE),
        ("/wp-login.php?redirect_to=/quotes", Outcome.INCONCLUSIVE),
        ("https://sso.example/realms/staff", Outcome.INCONCLUSIVE),
        ("https://login.microsoftonline.com/x/oauth2/authorize?client_id=1", Outcome.INCONCLUSIVE),
        ("/", Outcome.INCONCLUSIVE),
    ],
)
def test_only_a_redirect_to_the_endpoint_tells_where_its_version_is(location: str, outcome: Outcome) -> None:
    deployment = QuotesMoved()
    deployment.location = location
    finding = judged("VER-1", deployment)
    assert finding.outcome is outcome, finding.reason
    if "log" in location or "sign_in" in location:
        assert "log" in finding.reason.partition(";")[0]


def test_without_a_key_nothing_is_said_of_the_version() -> None:
    assert judged("VER-1", Deployment(), {"other": KEYS["other"]}).outcome is Outcome.NOT_TESTED
