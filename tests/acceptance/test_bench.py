"""The benchmarks: that they run and count, not how long anything takes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope

from tests.conformance.judging import REGISTER, judge, reasons
from tests.miniatures import FAULTS, FREE, keys, serve
from tests.soak import soak_only

BENCH = Path(__file__).parents[2] / "bench"
KEYS = {name: key.value for name, key in keys().items()}
STRICT = Scope.parse(REGISTER, None, "HOOK,RATE,VER,NEWS,SPEC-3", strict=True)


def _measured(name: str, *options: str, cwd: Path) -> tuple[dict[str, Any], str]:
    """What the benchmark prints as JSON, and what it says meanwhile."""
    command = [sys.executable, BENCH / name, *options]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert not [key for key in KEYS.values() if key in done.stdout + done.stderr]
    return json.loads(done.stdout), done.stderr


def _module(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCH)
    return import_module(name)


@soak_only
def test_a_whole_verdict_where_the_clock_can_be_moved(tmp_path: Path) -> None:
    measured, _ = _measured("verdict.py", "--short", cwd=tmp_path)
    assert measured.keys() == {"clock_moved"}
    run = measured["clock_moved"]
    assert (run["exit_code"], run["verdict"]) == (0, "conforms")
    assert set(run["not_passed"].values()) == {"not_applicable"}
    assert 60 < run["requests_with_primary_key"] <= 90
    assert run["answers_429"] > 0
    assert (run["unplanned_429s"], run["writes"]) == (0, 0)
    assert run["seconds"] > run["cpu_seconds"] > 0
    assert list(tmp_path.iterdir()) == []


@soak_only
def test_every_page_of_the_dashboard(tmp_path: Path) -> None:
    measured, _ = _measured("dashboard.py", "--short", cwd=tmp_path)
    assert (measured["rows"], measured["rounds"]) == (1_000, 1)
    assert measured["pages"].keys() > {"/", "/members", "/invoices?status=overdue", "/settings/api", "/docs"}
    assert measured["first_page_ms"] > 0
    for page in measured["pages"].values():
        assert 0 < page["median_ms"] <= page["longest_ms"]
        assert page["ratio"] == pytest.approx(page["median_ms"] / measured["api_median_ms"], rel=0.1, abs=0.02)
    assert list(tmp_path.iterdir()) == []


def test_what_the_proxy_adds(tmp_path: Path) -> None:
    measured, _ = _measured("proxy.py", "--short", cwd=tmp_path)
    assert (measured["rounds"], measured["allowed_ms"]) == (20, 5)
    for way in ("back_to_back", "paused"):
        direct, through = measured[way]["direct_ms"], measured[way]["through_proxy_ms"]
        assert 0 < direct["p50"] <= direct["p99"] <= direct["most"]
        assert 0 < through["p50"] <= through["p99"] <= through["most"]
        assert measured[way].keys() > {"added_ms", "noise_ms"}
    assert list(tmp_path.iterdir()) == []


def test_seeding(tmp_path: Path) -> None:
    measured, _ = _measured("seeding.py", "--short", cwd=tmp_path)
    assert measured["rows"] == 1_025
    assert measured["rows_per_second"] > 0
    assert measured["rows_per_second_required"] == 20_000
    assert list(tmp_path.iterdir()) == []


@soak_only
def test_memory(tmp_path: Path) -> None:
    measured, _ = _measured("memory.py", "--requests", "400", "--records", "1000", cwd=tmp_path)
    assert measured["allowed_mib"] == 100
    for name in ("bare", "mock"):
        assert len(measured[name]["after_each_fifth_mib"]) == 5
    assert 0 < measured["seeded mock"]["at_start_mib"] < measured["seeded mock"]["with_dashboard_mib"] < 100
    assert list(tmp_path.iterdir()) == []


def _drawn(figures: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    printed = "\n".join(json.dumps(each, indent=2) for each in figures)
    command = [sys.executable, BENCH / "plot.py"]
    return subprocess.run(command, input=printed, capture_output=True, text=True, timeout=60, check=False)


def test_figures_are_drawn_for_light_and_dark_screens() -> None:
    ratios = {"required": 1, "of": {"floor loop": 1.2, "floor thread": 1.8}}
    ratios["spread"] = {"floor loop": [1.1, 1.3], "floor thread": [1.5, 2.2]}
    places = ("first", "quarter", "middle", "three quarters", "last")
    pages = {"3000": {place: {"median_ms": 2.0} for place in places}}
    others = {"required": {}, "of": {"prism": 4.1}, "spread": {"prism": [3.5, 5]}}
    figures = [{"path": "/api/v1/invoices", "sqlite": ratios}, others, {"rounds": 9, "ratio": {}},
               {"rows": 3_000, "allowed_ms": 100, "sqlite": pages}]  # fmt: skip
    done = _drawn(figures)
    assert (done.returncode, done.stderr) == (0, "")
    picture = ElementTree.fromstring(done.stdout)
    assert "prefers-color-scheme: dark" in done.stdout
    assert len(picture.findall(".//{*}circle")) == len(["loop", "thread", "prism", *places, "SQLite"])
    assert "Prism, static" in done.stdout

    done = _drawn(figures[:1])
    assert (done.returncode, done.stdout) == (1, "")
    assert "are missing; give all that `make bench` prints" in done.stderr


def _report(exchanges: dict[str, list[int]], total: int) -> dict[str, Any]:
    rows = [
        {"id": f"{area}-1", "area": area, "outcome": "passed", "exchanges": [{"number": number} for number in numbers]}
        for area, numbers in exchanges.items()
    ]
    return {"verdict": "conforms", "requirements": rows, "requests": {"total": total, "by_key": {"primary": total}}}


def test_a_429_that_no_rule_of_the_limit_shows_is_unplanned(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = _module("verdict", monkeypatch)
    calls = [verdict.Call("GET", "/api/v1", status) for status in (200, 429, 200, 429)]
    counted = verdict.count(_report({"MEM": [1, 2], "RATE": [3, 4]}, 4), [*calls])
    assert (counted["answers_429"], counted["unplanned_429s"], counted["writes"]) == (2, 1, 0)
    written = [*calls[:3], verdict.Call("POST", "/api/v1/members", 201)]
    assert verdict.count(_report({"RATE": [2]}, 4), written)["writes"] == 1
    with pytest.raises(RuntimeError, match="tells of 5 requests, and 4 came"):
        verdict.count(_report({}, 5), calls)


def test_the_recorder_passes_on_and_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = _module("recorder", monkeypatch)
    with serve(FREE["under-base-path"].deployment()) as own, recorder.recorded(own) as (url, calls):
        for target in ("/api/v1", "/api/v1?limit=1"):
            with urlopen(own + target) as direct, urlopen(url + target) as through:
                assert through.read() == direct.read()
                assert through.headers["Content-Type"] == direct.headers["Content-Type"]
    base = urlsplit(url).path
    assert base == urlsplit(own).path != ""
    assert calls == [("GET", f"{base}/api/v1", 200), ("GET", f"{base}/api/v1?limit=1", 200)]


def test_the_fixed_window_turns_over_with_the_sixtieth_request(monkeypatch: pytest.MonkeyPatch) -> None:
    window = _module("verdict", monkeypatch).TurningOver()
    assert window.admit("other", "members", 0.0)
    served = [window.admit("primary", "members", 2.0 + number / 100) for number in range(150)]
    assert served == [True] * 119 + [False] * 31
    assert not window.admit("primary", "members", 62.5)
    assert window.admit("primary", "members", 62.6)


@soak_only
def test_both_tools_on_the_same_deployments(tmp_path: Path) -> None:
    measured, progress = _measured("stock.py", "--defects", "1", "--free", "1", "--examples", "1", cwd=tmp_path)
    [defect], [free] = measured["sample"]["defects"], measured["sample"]["free"]
    assert f"{defect}: suite 1, stock " in progress
    assert f"{free}: suite 0, stock " in progress
    suite, stock = measured["suite"], measured["stock"]
    assert (suite["defects"]["found"], suite["defects"]["named"], suite["free"]["false_alarms"]) == (1, 1, 0)
    assert suite["correct"]["failures"] == stock["correct"]["failures"] == []
    assert suite["correct_in_a_shape_of_its_own"]["failures"] == []
    assert stock["correct_in_a_shape_of_its_own"]["failures"]
    for tool in (suite, stock):
        for judged in (tool["defects"], tool["free"]):
            assert judged["of"] == 1
            assert judged["stopped"] == 0
            assert judged["requests"]["total"] == judged["requests"]["median"] > 0
            assert judged["seconds"]["total"] > 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [1, 2])
def test_an_exit_code_without_a_report_is_no_verdict(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    stock = _module("stock", monkeypatch)
    command = [Path(sys.executable).name, "-c", f"raise SystemExit({code})"]
    with pytest.raises(RuntimeError, match=f"exit code {code} and without a verdict"):
        stock.run("suite", command, FREE["plain"].deployment())


def test_a_sample_is_taken_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    evenly = _module("stock", monkeypatch).evenly
    letters = {letter: letter for letter in "abcdefghij"}
    assert evenly(letters, 5) == ["a", "c", "e", "g", "i"]
    assert evenly(letters, 99) == list(letters)


def test_in_the_shape_of_the_document_the_miniature_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    authored = _module("authored", monkeypatch)
    with serve(authored.in_authored_shape(FREE["plain"].deployment)) as url:
        report = judge(url, KEYS, STRICT)
    assert reasons(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE})) == {}


@pytest.mark.parametrize("name", ["one-due-on-leap-day", "invoices-summed-up", "quotes-without-signing"])
def test_a_defect_is_the_same_in_the_shape_of_the_document(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    authored = _module("authored", monkeypatch)
    with serve(authored.in_authored_shape(FAULTS[name].deployment)) as url:
        report = judge(url, KEYS)
    assert FAULTS[name].rule in reasons(report, Outcome.FAILED)


def test_every_miniature_takes_that_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    authored, stock = _module("authored", monkeypatch), _module("stock", monkeypatch)
    for each in [*FAULTS.values(), *FREE.values()]:
        shaped = authored.in_authored_shape(each.deployment)
        assert isinstance(shaped, each.deployment)
        assert isinstance(shaped, authored.Authored)
    assert FAULTS.keys() > stock.NOT_IN_THIS_SHAPE


def test_how_many_is_a_whole_number_from_1_on(tmp_path: Path) -> None:
    for count in ("0", "-1", "many"):
        command = [sys.executable, BENCH / "stock.py", "--defects", count]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (2, "")
        assert "--defects: give a whole number from 1 on" in done.stderr or "expected one argument" in done.stderr


@soak_only
def test_a_page_beside_a_hand_written_application(tmp_path: Path) -> None:
    measured, _ = _measured("request_path.py", "--short", "--only", "sqlite,memory", cwd=tmp_path)
    for kind in ("sqlite", "memory"):
        assert measured[kind]["of"].keys() == {"floor loop", "floor thread"}
        assert measured[kind]["required"] == 1
        assert measured[kind]["ours"]["processor_microseconds"] > 0
    assert list(tmp_path.iterdir()) == []


@soak_only
def test_pages_at_every_depth(tmp_path: Path) -> None:
    measured, _ = _measured("paging.py", "--short", "--only", "sqlite", cwd=tmp_path)
    assert measured["sqlite"].keys() == {"3000", "1000"}
    assert measured["sqlite"]["1000"]["first"]["ratio"] == 1
    for pages in measured["sqlite"].values():
        assert len(pages) == 10
        assert all(0 < page["median_ms"] <= page["longest_ms"] + 0.1 for page in pages.values())
        assert all(page["processor_ms"] > 0 for page in pages.values())
    assert list(tmp_path.iterdir()) == []
