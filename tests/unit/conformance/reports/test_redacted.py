"""Writers get a report that holds no secret and leads to none, whatever was found."""

from __future__ import annotations

import gc
import inspect
import io
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from oneinvoice_conformance import reports
from oneinvoice_conformance.cli.report_options import BADGES, WRITERS, Writer
from oneinvoice_conformance.clients.observation import Trial
from oneinvoice_conformance.clients.report import ClientReport
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.history.changes import BaselineRef
from oneinvoice_conformance.http.credentials import Credential, near_misses, other_schemes
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.records.bodies import Body, BodyStore
from oneinvoice_conformance.reports import redacted as redacted_module
from oneinvoice_conformance.reports.html.page import html_text
from oneinvoice_conformance.reports.pytest_file import pytest_text
from oneinvoice_conformance.reports.redacted import RedactedReport
from oneinvoice_conformance.reports.terminal import Terminal
from oneinvoice_openapi.assertion import Assertion
from oneinvoice_openapi.register import Question, Requirement
from rich.console import Console

from tests import miniatures
from tests.unit.conformance.fakes import BASE, CONTRACT, KEYS, NAMES, InProcess
from tests.unit.conformance.reports.planting import planted, planted_report
from tests.unit.conformance.reports.reporting import ROWS, redacted

GATE, PASSWORD, WEBHOOK = "s3same-0pen-pl4nted", "c29tZWJvZHk6cGw0bnRlZA==", "whsec_pl4nted_0123456789"
DEPLOYMENT = Deployment(
    BASE, KEYS, (("X-Gate", GATE), ("Proxy-Authorization", f"Basic {PASSWORD}")), webhook_secret=WEBHOOK
)
PART = 12  # characters of a secret that are told to be one


def secrets() -> Iterator[tuple[str, str]]:
    """Yield (what it is, the secret) for the secrets of the deployment and what the suite derives from them."""
    yield from (("X-Gate", GATE), ("Proxy-Authorization", PASSWORD), ("webhook", WEBHOOK))
    for role, key in KEYS.items():
        yield role, key
        for credential in (*near_misses(key), *other_schemes(key).values()):
            yield f"{role}: {credential.role}", str(credential.authorization).partition(" ")[2]


SECRETS = dict(secrets())


def parts_of(secret: str) -> set[str]:
    bare = secret.removeprefix("1iv_").lower()
    return {bare[at : at + PART] for at in range(len(bare) - PART + 1)}


def terminal_text(report: RedactedReport) -> str:
    out = io.StringIO()
    Terminal(Console(file=out, width=100_000), Console(file=out)).show(report)
    return out.getvalue()


def in_one(writer: Writer) -> Callable[[RedactedReport], str]:
    return lambda report: "".join(writer(report))


FORMATS: dict[str, Callable[[RedactedReport], str]] = {
    "terminal": terminal_text,
    "pytest": pytest_text,
    "html": html_text,
    **{f"badge{ending}": in_one(writer) for ending, writer in BADGES.items()},
    **{name: in_one(writer) for name, writer in WRITERS.items() if name != "html"},
}


def assert_in_no_format(secret: str, text: str) -> None:
    report, parts = redacted(planted_report(text), DEPLOYMENT), parts_of(secret)
    for name, writer in FORMATS.items():
        written = writer(report).lower()
        assert not [part for part in parts if part in written], name


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_in_any_field_is_in_no_format(secret: str):
    assert_in_no_format(secret, f"before {secret} after")


@pytest.mark.parametrize("limit", [160, 600, 1_200, 2_000, 4_000, 20_000])
@pytest.mark.parametrize("secret", [GATE, KEYS["primary"]], ids=["header", "key"])
def test_half_a_secret_where_a_text_is_cut_is_in_no_format(secret: str, limit: int):
    assert_in_no_format(secret, f"{'x' * (limit - len(secret) * 2 // 3)}{secret}")


def test_every_field_is_planted_and_shown_redacted():
    report = planted_report(f"planted {KEYS['primary']}")
    found = report.results[0].finding
    assert KEYS["primary"] in found.reason
    assert KEYS["primary"].encode() in found.evidence[0].body.read()
    assert KEYS["primary"] in found.deliveries[0].target
    shown = redacted(report, DEPLOYMENT)
    texts = [text for text in map(str, reachable(shown)) if "planted" in text]
    assert len(texts) > 50
    assert not [text for text in texts if "$ONEINVOICE_KEY" not in text]


def test_a_field_that_nobody_thought_of_fails_until_it_is_planted():
    @dataclass(frozen=True)
    class Grown(Request):
        later: complex = 0j

    with pytest.raises(TypeError, match="complex"):
        planted(Grown, "text")


# What a writer can reach

ATOMS = (str, bytes, int, float, bool, type(None), date, datetime, timezone, Enum)
CONTAINERS = (tuple, list, dict, Body, BodyStore)
OTHERS = (Requirement, Question, Assertion, Scope, BaselineRef)  # the kit's own words, and plain


def reachable(root: object) -> list[object]:
    """Return whatever can be reached from an object, by the account of the interpreter, but for what classes hold."""
    found: dict[int, object] = {}
    waiting = [root]
    while waiting:
        each = waiting.pop()
        if id(each) not in found and not isinstance(each, type):
            found[id(each)] = each
            waiting += [] if isinstance(each, Enum) else gc.get_referents(each)
    return list(found.values())


@pytest.fixture(scope="module")
def found() -> Report:
    """A whole run, with all keys, and with deliveries."""
    report = run(InProcess(miniatures.Deployment()), CONTRACT, Scope.parse(ROWS, None, "HOOK"), NAMES)
    headers = (("X-1Invoice-Signature", WEBHOOK), ("X-Gate", GATE))
    delivery = Delivery(1, 1.0, "POST", f"/{WEBHOOK}", headers, f"{PASSWORD} {KEYS['sibling']}".encode())
    first, *rest = report.results
    first = replace(first, finding=first.finding.with_deliveries(delivery))
    return replace(report, results=(first, *rest))


def test_nothing_that_holds_a_secret_can_be_reached(found: Report):
    assert {exchange.request.credential.account for exchange in found.exchanges} > {"primary", "sibling", "other"}
    assert [each for each in reachable(found) if isinstance(each, Exchange | Credential | Delivery)]
    report = redacted(found, DEPLOYMENT)
    plain = tuple(each for each in vars(redacted_module).values() if isinstance(each, type) and is_own(each))
    objects = reachable(report)
    assert {type(each) for each in objects if not isinstance(each, (*ATOMS, *CONTAINERS, *OTHERS, *plain))} == set()
    texts = [each.decode("latin-1") if isinstance(each, bytes) else str(each) for each in objects]
    everything, parts = "\n".join(set(texts)).lower(), set().union(*map(parts_of, SECRETS.values()))
    assert not [part for part in parts if part in everything]
    assert len(report.traffic or ()) == len(found.exchanges) > 100


def is_own(kind: type) -> bool:
    return kind.__module__ == redacted_module.__name__


def test_what_is_redacted_can_not_be_changed():
    kinds = [each for each in vars(redacted_module).values() if isinstance(each, type) and is_own(each)]
    assert len(kinds) > 10
    for kind in kinds:
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
        assert "__slots__" in vars(kind)


def modules() -> Iterator[Any]:
    for module in pkgutil.walk_packages(reports.__path__, f"{reports.__name__}."):
        if not module.name.endswith(".builder"):
            yield import_module(module.name)


@pytest.mark.parametrize("module", list(modules()), ids=lambda module: module.__name__.partition("reports.")[2])
def test_no_writer_knows_what_leads_to_a_secret(module: Any):
    forbidden = (Deployment, Redactor, Exchange, Request, Credential, Delivery, Report, ClientReport, Trial)
    assert not [name for name, value in vars(module).items() if any(value is each for each in forbidden)]


@pytest.mark.parametrize("writer", [*WRITERS.values(), *BADGES.values(), html_text, pytest_text, Terminal.show])
def test_a_writer_gets_a_redacted_report_and_nothing_else(writer: Callable[..., Any]):
    hints = get_type_hints(writer)
    names = [name for name in inspect.signature(writer).parameters if name != "self"]
    assert hints[names[0]] is RedactedReport
    assert {hints[name] for name in names[1:]} <= {Path}
