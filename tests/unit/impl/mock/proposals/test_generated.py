"""Drafts that are edited at random: each is refused in sentences, or all that is said of it is as it says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.mock.proposals.admission import NotServed
from oneinvoice_openapi.contract import document as authored
from oneinvoice_openapi.references import Unusable

from tests.unit.impl.mock.proposals.drafts import PATHS, Draft, DraftMock, serving
from tests.unit.openapi.generated_edits import edit
from tests.unit.openapi.labelled_pairs import Pair, pairs

SEEDS = range(12)
SENTENCE = re.compile(r"#/\S+ \(line \d+\): .+; .+\.")
SERVED: Counter[str] = Counter()
LABELLED = [each for each in pairs() if PATHS["members"] in each.new.get("paths", {}) and each.new != authored()]


def edited(random: Random) -> tuple[list[str], Draft]:
    """A draft with some edits in its schemas, and their names."""
    draft, names = Draft(), []
    for _ in range(random.randint(1, 3)):
        limits = [
            each["schema"] for each in draft.content["components"]["parameters"].values() if each["in"] == "query"
        ]
        place = random.choice([*draft.schemas.values(), *limits])
        name, new, _ = edit(random, place)
        place.clear()
        place.update(new)
        names.append(name)
    return names, draft


@pytest.mark.parametrize("seed", SEEDS)
def test_an_edited_draft_is_served_truly_or_refused(seed: int, tmp_path: Path) -> None:
    _, draft = edited(Random(seed))
    SERVED["served" if was_served(draft.content, tmp_path) else "refused"] += 1


def test_both_happened() -> None:
    if SERVED.total() < len(SEEDS):
        pytest.skip("only some drafts were tried in this process")
    assert min(SERVED["served"], SERVED["refused"]) > len(SEEDS) / 10, SERVED


@pytest.mark.parametrize("pair", LABELLED, ids=lambda pair: pair.name)
def test_a_labelled_draft_is_served_truly_or_refused(pair: Pair, tmp_path: Path) -> None:
    was_served(pair.new, tmp_path)


def was_served(content: dict[str, Any], folder: Path) -> bool:
    try:
        proposal = Draft(content).admitted(folder)
    except Unusable:
        return False
    except NotServed as refused:
        unclear = [each for each in refused.reasons if not SENTENCE.fullmatch(each)]
        if unclear or not refused.reasons:
            raise AssertionError(unclear) from refused
        return False
    with serving(proposal, scale=30) as mock:
        ask_everything(mock)
    return True


def ask_everything(mock: DraftMock) -> None:
    statuses = {"members": ("active", "pending", "x"), "quotes": ("draft", "accepted"), "invoices": ("paid", "draft")}
    mock.get("/api/v1/nothing")
    # Announcements are events of those who want them alone.
    assert mock.control("/webhooks", {"url": "http://127.0.0.1:9/hook", "secret": "S"}).status == 200
    if "/api/v1" in mock.proposal.document["paths"]:
        mock.get("/api/v1")
    for resource, path in PATHS.items():
        if path not in mock.proposal.document["paths"]:
            continue
        for query in (
            "",
            "?limit=2&offset=3",
            "?limit=-1",
            "?limit=150",
            *(f"?status={s}" for s in statuses[resource]),
        ):
            assert mock.get(path + query).status in (200, 400)
    for event in document()["webhooks"] | mock.proposal.document["webhooks"]:
        if event in mock.proposal.events:
            assert mock.trigger(event)
        else:
            assert mock.control("/trigger", {"event": event}).status == 400
