"""What was valid by the schemas of 0.2.0 is valid today, and no more: examples, and these with one thing changed.

The examples are those of the first release: by the schemas of 0.2.0, a field that came later may be anything.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator
from oneinvoice_openapi.contract import document_of_deployments, load_yaml
from oneinvoice_openapi.releases import releases

EARLIER = load_yaml((Path(__file__).parents[2] / "data" / "schemas_of_0_2_0.yaml").read_text("utf-8"))
TODAY = document_of_deployments()["components"]["schemas"]
FIRST = load_yaml(releases()["1.0.0"].document.read_text("utf-8"))
EXAMPLES = {
    {"BadRequest": "BadRequestProblem", "ServerError": "Problem"}.get(name, name): example["value"]
    for name, example in FIRST["components"]["examples"].items()
    if name not in ("Unauthorized", "TooManyRequests", "NotFound")
}
VALUES = [
    None, True, 0, -1, 12500.5, "", "gone", "open", "paid", "accepted", "invoice.sent", "quote.lost", "12500", "-1.00",
    "2026-02-30", "2026-02-28", "2026-01-05T10:00:00Z", "2026-01-05T10:00:00z", "2026-01-05T10:00:00+00:00",
    "2026-01-05T10:00:00.123456Z", "2026-01-05T25:00:00Z", "nobody", "post@nordlys.example", [], {}, [{}],
]  # fmt: skip


def changed(value: Any) -> Iterator[Any]:
    """Yield a value with each of its parts left out, and replaced by other values, and objects with one part more."""
    yield from VALUES
    if isinstance(value, dict):
        yield value | {"another": 1}
        for name, part in value.items():
            yield {other: each for other, each in value.items() if other != name}
            for instead in changed(part):
                yield value | {name: instead}
    elif isinstance(value, list):
        for index, part in enumerate(value):
            for instead in changed(part):
                yield [*value[:index], instead, *value[index + 1 :]]


def verdict(schemas: dict[str, Any], name: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}, validate_formats=True
    )


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_is_valid(name: str) -> None:
    before, today = verdict(EARLIER, name), verdict(TODAY, name)
    answers = [EXAMPLES[name], *changed(EXAMPLES[name])]
    verdicts = [(before.is_valid(answer), today.is_valid(answer)) for answer in answers]
    assert [answer for answer, (was, now) in zip(answers, verdicts, strict=True) if was is not now] == []
    assert {was for was, _ in verdicts} == {True, False}


@pytest.mark.parametrize("name", [name for name in EXAMPLES if "event" in EXAMPLES[name]])
def test_an_event_is_no_other(name: str) -> None:
    event = copy.deepcopy(EXAMPLES[name])
    for other in EXAMPLES:
        assert verdict(TODAY, other).is_valid(event) is verdict(EARLIER, other).is_valid(event) is (other == name)
