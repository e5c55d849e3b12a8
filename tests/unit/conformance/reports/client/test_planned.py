import io

import pytest
from oneinvoice_conformance.clients.scenarios.scenario import Scenario
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Client, Means
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.reports.client.planned import show_client_plan
from rich.console import Console

from tests.unit.conformance.fakes import CONTRACT
from tests.unit.conformance.reports.client.judged import ROWS

RUN, HOOK, READBACK = Means.RUN, Means.HOOK, Means.READBACK


def unplayed(stage: Stage) -> None:
    raise AssertionError("a plan plays nothing")


def scenario(name: str, title: str, requirements: str, needs: set[Means], seconds: float) -> Scenario:
    return Scenario(name, title, tuple(requirements.split()), frozenset(needs), unplayed, seconds)


PLANNED = (
    scenario("well-behaved", "The API behaves well.", "KEY-1 PAGE-1", set(), 2.0),
    scenario("limited", "The key gets [b]429[/b].", "PACE-1 PACE-4", {RUN}, 5.0),
    scenario("moving", "Members come and go.", "PAGE-4", {RUN, READBACK}, 3.0),
    scenario("forged", "Events are forged.", "HOOK-2 HOOK-3", {HOOK}, 90.0),
)


def planned(client: Client, only: str | None = None) -> list[str]:
    out = io.StringIO()
    scope = Scope.parse(ROWS, only, None)
    show_client_plan(Console(file=out, width=200), PLANNED, client, scope.requirements(ROWS), CONTRACT, scope)
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_what_would_be_played_and_what_that_decides():
    assert planned(Client(run="python sync.py"), only="PACE,PAGE") == [
        "seconds scenario what happens decides",
        "2 well-behaved The API behaves well. PAGE-1",
        "5 limited The key gets [b]429[/b]. PACE-1, PACE-4",
        "",
        "plan python sync.py (nothing was started)",
        "scope: only CLIENT/PACE, CLIENT/PAGE",
        "about 7 s for 2 scenarios",
        "open: PAGE-4; give --readback",
    ]


def test_what_stays_open_names_the_options_that_supply_it():
    lines = planned(Client(run="python sync.py"))
    assert lines[-5:] == [
        "open: PAGE-4, TOL-2; give --readback",
        "open: HOOK-1..3; give --hook",
        "open: HOOK-4..6; give --hook and --readback",
        "open: HOOK-7; give --hook, --readback, --restart and --rotate",
        "not testable, whatever is given: KEY-6, TOL-4..5, HOOK-8",
    ]


@pytest.mark.parametrize(
    ("client", "told"),
    [
        (Client(run="a", hook="http://127.0.0.1:1/"), "about 97 s for 3 scenarios"),
        (Client(run="a", hook="http://127.0.0.1:1/", readback="b"), "about 2 min for 4 scenarios"),
        (Client(hook="http://127.0.0.1:1/"), "about 92 s for 2 scenarios"),
    ],
)
def test_it_takes_about_as_long_as_what_is_played(client: Client, told: str):
    assert told in planned(client)
