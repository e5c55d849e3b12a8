from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.credentials import has_checksum
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.rules.rule import Step
from oneinvoice_conformance.session.rule_context import Depth, RuleContext
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_impl.domain.keys import checksum, is_key
from werkzeug.wrappers import Response

from tests.miniatures import Deployment
from tests.miniatures.data import OTHER, PRIMARY, Key
from tests.unit.conformance.fakes import KEYS, NAMES, InProcess, judged

# Keys as the reference implementation issues them, and what was never issued by anybody who does so.
GOOD, SIBLING, REVOKED, STRANGER = (f"1iv_{letter * 43}{checksum(letter * 43)}" for letter in "agrs")
NEVER = f"1iv_{'n' * 49}"
SHORT = "1iv_an-older-key"
LIVE = {"primary": GOOD, "other": STRANGER}


class Issuing(Deployment):
    """Serves just these keys."""

    def __init__(self, *values: str, revoked: str = "") -> None:
        super().__init__()
        owners = {GOOD: PRIMARY, SIBLING: PRIMARY, SHORT: PRIMARY, STRANGER: OTHER}
        self.keys = {value: Key(value, value, owners[value]) for value in values}
        if revoked:
            self.keys[revoked] = Key(revoked, revoked, PRIMARY, revoked=True)


def test_that_a_key_once_worked_is_the_operators_word() -> None:
    finding = judged("AUTH-3", Issuing(GOOD, STRANGER, revoked=REVOKED), LIVE | {"revoked": REVOKED})
    assert finding.outcome is Outcome.PASSED
    assert finding.reason == "3 requests got 401; that the key worked until it was revoked is your word"
    assert len(finding.evidence) == 3


def test_a_key_with_a_wrong_checksum_was_never_issued() -> None:
    finding = judged("AUTH-3", Issuing(GOOD, STRANGER), LIVE | {"revoked": NEVER})
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason.startswith("the key was never issued: its checksum is wrong")
    assert NEVER not in finding.reason


def test_a_sibling_will_do_as_the_second_key_with_a_checksum() -> None:
    keys = {"primary": GOOD, "sibling": SIBLING, "revoked": NEVER}
    assert judged("AUTH-3", Issuing(GOOD, SIBLING), keys).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("issued", "keys"),
    [
        ((GOOD,), {"primary": GOOD}),  # one key may have that ending by chance
        ((GOOD, SHORT), {"primary": GOOD, "other": SHORT}),  # checksums are no habit here
        ((GOOD,), LIVE),  # the other key may be made up too
    ],
    ids=["one key", "a key without", "a key that is not served"],
)
def test_too_little_is_known_of_checksums_to_say_that_a_key_was_never_issued(
    issued: tuple[str, ...], keys: dict[str, str]
) -> None:
    assert judged("AUTH-3", Issuing(*issued), keys | {"revoked": NEVER}).outcome is Outcome.PASSED


def test_a_key_that_works_fails_whatever_its_checksum() -> None:
    class Open(Issuing):
        def refuse(self, reason: str, resource: str):
            return self.render({"items": []})

    assert judged("AUTH-3", Open(GOOD, STRANGER), LIVE | {"revoked": NEVER}).outcome is Outcome.FAILED


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=43, max_size=43))
def test_the_checksum_is_that_of_the_reference_implementation(body: str) -> None:
    right = checksum(body)
    assert has_checksum(f"1iv_{body}{right}")
    assert not has_checksum(f"1iv_{body}{'1' if right[0] == '0' else '0'}{right[1:]}")


@given(st.text("01Az", min_size=49, max_size=49))
def test_any_text_is_judged_as_the_reference_implementation_does(text: str) -> None:
    assert has_checksum(f"1iv_{text}") == is_key(f"1iv_{text}")


@pytest.mark.parametrize("text", ["", "1iv_", SHORT, GOOD[:-1], f"{GOOD}0", GOOD.removeprefix("1iv_"), f"{GOOD}\n"])
def test_another_shape_has_no_checksum(text: str) -> None:
    assert not has_checksum(text)


def test_the_keys_of_the_mock_have_it() -> None:
    texts = [key.text for organisation in organisations() for key in organisation.keys]
    assert len(texts) >= 4
    assert all(map(has_checksum, texts))


# What an extended run asks besides


def asked(id: str, *, depth: Depth, headers: tuple[tuple[str, str], ...] = ()) -> list[str]:
    """What a rule asks of a correct deployment, which it finds to be one."""
    client = InProcess(Deployment())
    client.deployment = replace(client.deployment, headers=headers)
    context = RuleContext(client, NAMES, depth=depth)
    assert RULES[id].judge(context).outcome is Outcome.PASSED
    return [str(exchange) for exchange in context.seen]


@pytest.mark.parametrize(
    ("id", "more"),
    [
        (
            "AUTH-1",
            [
                "GET /api/v1/members?limit=50&offset=0&status=active with no credentials: 401",
                "GET /api/v1/quotes?status=accepted with no credentials: 401",
                "GET /api/v1/invoices?status=paid with no credentials: 401",
            ],
        ),
        (
            "AUTH-2",
            [
                "GET /api/v1/members?limit=50&offset=0&status=active with an unknown key: 401",
                "GET /api/v1/quotes?status=accepted with a token that is no key: 401",
                "GET /api/v1/invoices?status=paid with an unknown key: 401",
            ],
        ),
        (
            "AUTH-3",
            [
                "GET /api/v1/members?limit=50&offset=0&status=active with the revoked key: 401",
                "GET /api/v1/quotes?status=accepted with the revoked key: 401",
                "GET /api/v1/invoices?status=paid with the revoked key: 401",
            ],
        ),
        (
            "AUTH-4",
            [
                *(f"GET /api/v1/{endpoint} with no credentials: 401" for endpoint in ENDPOINTS),
                "GET /api/v1/invoices with the key under the scheme Token: 401",
                "GET /api/v1/members with the key under the scheme Basic: 401",
                "GET /api/v1/quotes with the key under the scheme Basic: 401",
                "GET /api/v1/members with the bare key under the scheme Basic: 401",
                "GET /api/v1/invoices with the bare key under the scheme Basic: 401",
                "GET /api/v1/members with the key under the scheme ApiKey: 401",
                "GET /api/v1/quotes with the key under the scheme ApiKey: 401",
                *(
                    f"GET /api/v1/{endpoint} with the {how}: 401"
                    for endpoint in ENDPOINTS
                    for how in (
                        "key as the user name of Basic",
                        "key as the password of Basic",
                        "key alone, encoded, under the scheme Basic",
                        "encoded key under the scheme ApiKey",
                        "key as a parameter of the scheme Token",
                        "key under the scheme JWT",
                        "key under the scheme BearerToken",
                        "key in X-API-Key",
                    )
                ),
                *(
                    f"GET /api/v1/{endpoint}?api_key=$ONEINVOICE_KEY&key=$ONEINVOICE_KEY&access_token=$ONEINVOICE_KEY"
                    "&token=$ONEINVOICE_KEY with the key in the query of the URL: 401"
                    for endpoint in ENDPOINTS
                ),
            ],
        ),
        (
            "AUTH-5",
            [
                *(
                    f"GET /api/v1/{endpoint} with the key {how}: 401"
                    for endpoint in ("quotes", "invoices")
                    for how in (
                        "with one character more",
                        "in the other letter case",
                        "with another last character",
                        "with another character in its middle",
                    )
                ),
                *(f"GET /api/v1/{endpoint} with the key without its 1iv_: 401" for endpoint in ENDPOINTS),
                *(
                    f"GET /api/v1/{target} with the key {how}: 401"
                    for target in (
                        "members?limit=50&offset=0&status=active",
                        "quotes?status=accepted",
                        "invoices?status=paid",
                    )
                    for how in (
                        "without its last character",
                        "with one character more",
                        "in the other letter case",
                        "with another last character",
                        "with another character in its middle",
                        "without its 1iv_",
                    )
                ),
            ],
        ),
    ],
)
def test_an_extended_run_asks_more(id: str, more: list[str]) -> None:
    short = asked(id, depth=Depth.SHORT)
    assert sorted(asked(id, depth=Depth.EXTENDED)) == sorted([*short, *more])


def test_wrong_keys_before_and_behind_the_overload_are_few_enough_for_a_guard() -> None:
    early = [id for id in ("AUTH-1", "AUTH-2", "AUTH-3", "AUTH-4", "AUTH-5") if RULES[id].step is Step.READ]
    late = [id for id in ("AUTH-1", "AUTH-2", "AUTH-3", "AUTH-4", "AUTH-5") if RULES[id].step is Step.BAD_INPUT]
    for ids in (early, late):
        client = InProcess(Deployment())
        for id in ids:
            assert RULES[id].judge(RuleContext(client, NAMES, depth=Depth.EXTENDED)).outcome is Outcome.PASSED
        assert client.requests_by_key()["invalid"] < 50
        assert client.pacer.clock.now() == 0
    assert late == ["AUTH-5"]


def test_all_wrong_keys_go_out_without_waiting() -> None:
    client = InProcess(Deployment())
    for id in ("AUTH-1", "AUTH-2", "AUTH-3", "AUTH-4", "AUTH-5"):
        assert RULES[id].judge(RuleContext(client, NAMES, depth=Depth.EXTENDED)).outcome is Outcome.PASSED
    assert client.requests_by_key()["invalid"] > client.pacer.limit
    assert client.pacer.clock.now() == 0


def test_a_gateway_that_wants_the_same_header_keeps_its_own() -> None:
    told = asked("AUTH-4", depth=Depth.EXTENDED, headers=(("x-api-key", "of the gateway"),))
    assert not [line for line in told if "X-API-Key" in line]


class Malformed(Deployment):
    """Refuses another scheme as a malformed request, as `challenge` says."""

    challenge = 'Bearer realm="", error="invalid_request"'

    def refuse(self, reason: str, resource: str) -> Response:
        if reason == "scheme":
            return self.error(400, "Bad Request", **{"WWW-Authenticate": self.challenge})
        return super().refuse(reason, resource)


def test_another_scheme_may_be_a_malformed_request() -> None:
    finding = judged("AUTH-4", Malformed())
    assert finding.outcome is Outcome.PASSED
    assert finding.reason == "0 requests got 401, and 5 got 400 with the error invalid_request (RFC 6750, 3.1)"


@pytest.mark.parametrize("challenge", ['Basic realm="invalid_request"', 'Bearer error="invalid_token"', "Bearer"])
def test_another_challenge_with_400_is_no_refusal_of_a_malformed_request(challenge: str) -> None:
    class Otherwise(Malformed):
        pass

    Otherwise.challenge = challenge
    assert judged("AUTH-4", Otherwise()).outcome is Outcome.FAILED


def test_an_unknown_key_is_no_malformed_request() -> None:
    class Sloppy(Malformed):
        def refuse(self, reason: str, resource: str) -> Response:
            return super().refuse("scheme", resource)

    assert [judged(id, Sloppy()).outcome for id in ("AUTH-1", "AUTH-2", "AUTH-5")] == [Outcome.FAILED] * 3


def test_the_first_scheme_that_is_served_ends_the_questions() -> None:
    class LastWord(Deployment):
        def token(self, header: str, resource: str) -> str:
            return header.split()[-1]

    context = RuleContext(InProcess(LastWord()), NAMES, depth=Depth.EXTENDED)
    assert RULES["AUTH-4"].judge(context).outcome is Outcome.FAILED
    assert len(context.seen) < 5


class Barring(Deployment):
    """Bars whoever sends more than ten wrong keys in a minute, by address."""

    wrong = 0

    def refuse(self, reason: str, resource: str) -> Response:
        self.wrong += 1
        return super().refuse(reason, resource) if self.wrong <= 10 else self.error(429, "Too many wrong keys.")


def test_who_is_barred_for_wrong_keys_was_not_served() -> None:
    context = RuleContext(InProcess(Barring(), KEYS), NAMES, depth=Depth.EXTENDED)
    findings = [rule.judge(context) for id, rule in RULES.items() if id.startswith("AUTH-")]
    assert {finding.outcome for finding in findings} == {Outcome.PASSED, Outcome.INCONCLUSIVE}
