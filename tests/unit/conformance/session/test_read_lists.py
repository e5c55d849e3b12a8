"""Lists that were read in a run are read again only if an answer was asked for anew."""

from __future__ import annotations

from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.session.list_reader import ReadLists
from oneinvoice_conformance.session.rule_context import RuleContext

from tests.conformance.judging import NAMES
from tests.miniatures.deployment import Deployment
from tests.unit.conformance.fakes import InProcess


def contexts(client: Client) -> list[RuleContext]:
    """The contexts of two rules of one run."""
    lists = ReadLists()
    return [RuleContext(client, NAMES, None, None, None, lists) for _ in range(2)]


def test_a_list_is_read_once_and_is_evidence_each_time() -> None:
    client = InProcess(Deployment())
    first, second = contexts(client)
    listing = first.read_list("members")
    asked = len(client.journal)
    assert second.read_list("members") is listing
    assert len(client.journal) == asked
    assert set(second.seen) == set(first.seen) != set()


def test_another_status_or_key_is_another_list() -> None:
    first, second = contexts(InProcess(Deployment()))
    listing = first.read_list("members")
    assert second.read_list("members", status="active") is not listing
    assert second.read_list("quotes") is not listing


def test_a_list_is_read_anew_if_one_of_its_answers_was_forgotten() -> None:
    deployment = Deployment()
    client = InProcess(deployment)
    first, second = contexts(client)
    listing = first.read_list("members")
    del deployment.world.members[-1]
    client.forget(first.seen)
    again = second.read_list("members")
    assert again is not listing
    assert len(again) == len(listing) - 1


def test_one_answer_that_was_asked_for_anew_is_enough() -> None:
    client = InProcess(Deployment())
    first, second = contexts(client)
    listing = first.read_list("members")
    first.ask_again(listing.pages[0].exchange)
    assert second.read_list("members") is not listing
