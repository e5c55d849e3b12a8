from collections.abc import Callable, Collection
from types import ModuleType

import pytest
from werkzeug.test import Client

from tests.miniatures import FREE, Deployment, Variant, keys
from tests.miniatures.freedoms import (
    change,
    combinations,
    discovery,
    documents,
    readings,
    refusals,
    sizes,
    transport,
    wrapped,
)
from tests.unit.miniatures.clauses import AREAS, broken_rules
from tests.unit.miniatures.reader import Reader, in_process


# What changes or has other data is looked at elsewhere, and there is no need to wait for what is slow on purpose. Nor
# does this reader know every convention and every reading of the documentation; test_miniatures.py has them judged.
def is_in(variant: Variant, *modules: ModuleType) -> bool:
    return variant.deployment.__module__ in {module.__name__ for module in modules}


STEADY = {
    name: variant
    for name, variant in FREE.items()
    if not issubclass(variant.deployment, change.Changing | transport.Slow)
    and not is_in(variant, sizes, readings, wrapped)
}
NOW_AND_THEN = (change.DatabaseErrorNowAndThen, change.ConnectionDroppedNowAndThen)
OVER_HTTP = {
    name: variant
    for name, variant in STEADY.items()
    if is_in(variant, transport, combinations) or variant.deployment in NOW_AND_THEN
}
IN_PROCESS = {name: variant for name, variant in STEADY.items() if name not in OVER_HTTP}
# The areas that a kind of freedom touches; any other kind touches all.
TOUCHED: dict[ModuleType, set[str]] = {
    discovery: {"DISC"},
    documents: {"QUO", "INV"},
    refusals: {"DISC", "AUTH", "ORG", "ERR"},
    transport: {"DISC", "AUTH", "QUO", "INV", "ERR"},
}


def touched(variant: Variant) -> Collection[str]:
    return next((areas for kind, areas in TOUCHED.items() if is_in(variant, kind)), AREAS)


@pytest.mark.parametrize("variant", IN_PROCESS.values(), ids=IN_PROCESS)
def test_variant_breaks_no_rule(variant: Variant):
    assert broken_rules(in_process(variant.deployment()), touched(variant)) == set()


@pytest.mark.parametrize("variant", OVER_HTTP.values(), ids=OVER_HTTP)
def test_variant_breaks_no_rule_over_http(variant: Variant, read: Callable[[Deployment], Reader]):
    assert broken_rules(read(variant.deployment()), touched(variant)) == set()


def _seen(deployment: Deployment, method: str, target: str, key: str) -> tuple[int, dict[str, str], bytes]:
    """What a client sees of an answer; a header tells nothing here but where an address was kept."""
    headers = {"Authorization": key, "Accept-Encoding": "gzip"} if key else {}
    path = target if target.startswith("/api/") else f"/api/v1{target}"
    answer = Client(deployment).open(deployment.prefix + path, method=method, headers=headers)
    return answer.status_code, dict(answer.headers), answer.data


GOOD = f"Bearer {keys()['primary'].value}"
QUESTIONS = [
    ("GET", "/api/v2/members", GOOD),
    *(
        ("GET", target, GOOD)
        for target in [
            "",
            "/members",
            "/members?limit=0",
            "/members?limit=201",
            "/members?limit=5&offset=-1",
            "/members?limit=abc",
            "/members?status=nobody",
            "/members?status=ACTIVE&limit=5",
            "/members?offset=99999",
            "/quotes",
            "/quotes?limit=5",
            "/invoices",
        ]
    ),
    ("GET", "/quotes", ""),
    ("GET", "/quotes", GOOD.replace("Bearer", "bearer")),
    ("GET", "/quotes", GOOD.removeprefix("Bearer ")),
    ("GET", "", "Bearer 1iv_unknown"),
    ("HEAD", "/quotes", GOOD),
]
PLAIN = [_seen(Deployment(), *question) for question in QUESTIONS]


VISIBLE = {
    name: variant
    for name, variant in IN_PROCESS.items()
    if name != "plain" and not issubclass(variant.deployment, change.Stumbling)
}


@pytest.mark.parametrize("variant", VISIBLE.values(), ids=VISIBLE)
def test_variant_differs_from_the_plain_deployment(variant: Variant):
    answers = (_seen(variant.deployment(), *question) for question in QUESTIONS)
    assert any(answer != plain for answer, plain in zip(answers, PLAIN, strict=True))
