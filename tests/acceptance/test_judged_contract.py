"""`--contract VERSION`: a release is judged by its own requirements and document, whatever today's ask for.

The contract that is installed here has one release alone, so that the commands get another package: today's asks for
more than 1.0.0 does, and 0.9.0 has other words, other paths, and a requirement that no rule is left for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import oneinvoice_openapi
import pytest
import yaml
from oneinvoice_impl.api.implemented import IMPLEMENTED
from oneinvoice_openapi.contract import load_yaml

from tests.acceptance.command import ENVIRONMENT, KEYS, Conform, Run, assert_one_sentence
from tests.acceptance.proxying import proxying
from tests.acceptance.running_mock import running_mock
from tests.acceptance.test_webhooks import SECRET, _listening
from tests.miniatures import FAULTS, Deployment, serve
from tests.miniatures.data import Invoice, Quote

KEY = ("--key", KEYS["primary"])
WORDS = {"INV-3": "betalning", "INV-4": "förfallodag", "QUO-5": "underskrift"}
Judge = Callable[..., Run]


def edited(path: Path, edit: Callable[[Any], None]) -> None:
    content = load_yaml(path.read_text("utf-8"))
    edit(content)
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), "utf-8")


def todays_document(document: Any) -> None:
    document["info"]["version"] = "1.1.0"
    document["components"]["schemas"]["Invoice"]["required"].append("reminders")


def first_release(register: Any) -> None:
    register["requirements"] = [row for row in register["requirements"] if row["id"] not in ("MEM-4", "HOOK-5")]


def before_it(register: Any) -> None:
    for row in register["requirements"]:
        if word := WORDS.get(row["id"]):
            row["names"] = {"says": [word]}
    like_no_other = {"id": "MEM-90", "statement": "Members have a shoe size.", "clause": "shoe size", "needs": []}
    register["requirements"].append({"section": "Members", "level": "must"} | like_no_other)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the package of another contract: 1.1.0 that is not released, and the releases 0.9.0 and 1.0.0."""
    folder = tmp_path_factory.mktemp("openapi")
    package = folder / "oneinvoice_openapi"
    shutil.copytree(Path(oneinvoice_openapi.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    released = package / "released"
    for later in {each.name for each in released.iterdir() if each.is_dir()} - {"1.0.0"}:
        shutil.rmtree(released / later)
    shutil.copytree(released / "1.0.0", released / "0.9.0")
    edited(package / "v1" / "openapi.yaml", todays_document)
    edited(released / "1.0.0" / "requirements.yaml", first_release)
    edited(released / "0.9.0" / "requirements.yaml", before_it)
    edited(released / "0.9.0" / "openapi.yaml", lambda document: document["paths"].pop("/api/v1/quotes"))
    return folder


@pytest.fixture
def conform(conform: Conform, package: Path, monkeypatch: pytest.MonkeyPatch) -> Conform:
    """The command, with that package."""
    path = os.pathsep.join([str(package), *filter(None, [ENVIRONMENT.get("PYTHONPATH")])])
    monkeypatch.setitem(ENVIRONMENT, "PYTHONPATH", path)
    monkeypatch.setenv("PYTHONPATH", path)
    return conform


def outcomes(conform: Conform, file: str = "report.json") -> dict[str, str]:
    return {row["id"]: row["outcome"] for row in conform.report(file)["requirements"]}


def test_a_release_is_not_held_to_what_was_asked_for_later(conform: Conform) -> None:
    with serve(FAULTS["maximum-of-500"].deployment()) as url:
        today = conform(url, *KEY, "--only", "MEM", "--json", "today.json")
        reports = ("--html", "r.html", "--junit", "r.xml", "--har", "r.har", "--markdown", "r.md")
        then = conform(url, *KEY, "--only", "MEM", "--contract", "1.0.0", "--json", "then.json", *reports)
    assert (today.returncode, then.returncode) == (1, 0), then.stdout
    assert outcomes(conform, "today.json")["MEM-4"] == "failed"
    assert outcomes(conform, "today.json").keys() - outcomes(conform, "then.json").keys() == {"MEM-4"}
    assert "  scope: only MEM\n" in today.stdout
    assert "  scope: only MEM; by contract 1.0.0\n" in then.stdout
    assert [conform.report(f"{each}.json")["contract"]["version"] for each in ("today", "then")] == ["1.1.0", "1.0.0"]
    archived = json.loads((conform.folder / "r.har").read_text("utf-8"))
    assert archived["log"]["_contract"] == conform.report("then.json")["contract"]
    assert '<property name="contract" value="1.0.0" />' in (conform.folder / "r.xml").read_text("utf-8")
    for name in ("r.html", "r.xml", "r.md"):
        assert "only MEM; by contract 1.0.0" in (conform.folder / name).read_text("utf-8")
    compared = conform("diff", "then.json", "today.json")
    assert compared.returncode == 0, "another contract asks for more, and the deployment is as it was"
    assert "not asked for by 1.0.0 → failed by 1.1.0" in compared.stdout
    assert "the old report was judged by contract 1.0.0, and the new one by 1.1.0" in compared.stdout


def test_a_regression_stays_one_beside_another_contract(conform: Conform) -> None:
    with serve(Deployment()) as url:
        conform(url, *KEY, "--only", "MEM", "--contract", "1.0.0", "--json", "then.json")
    with serve(FAULTS["limit-ignored"].deployment()) as url:
        broken = conform(url, *KEY, "--only", "MEM", "--json", "today.json", "--baseline", "then.json")
    assert conform("diff", "then.json", "today.json").returncode == 1
    assert "1 report of the baseline is by contract 1.0.0, and this run is by 1.1.0" in broken.stdout


def test_strict_holds_a_deployment_to_the_document_of_the_release(conform: Conform) -> None:
    options = ("--only", "INV,SPEC-1", "--strict", "--fuzz", "20", "--fuzz-seed", "1", "--rate-limit", "10000")
    with running_mock("--rate-limit", "10000", "--contract", IMPLEMENTED) as mock:
        given = (mock["ONEINVOICE_URL"], "--key", mock["ONEINVOICE_KEY"], *options)
        today = conform(*given, "--json", "today.json")
        then = conform(*given, "--contract", "1.0.0", "--json", "then.json")
        recorded = conform(*given, "--contract", "1.0.0", "--har", "r.har")
    assert (today.returncode, then.returncode, recorded.returncode) == (1, 0, 0), then.stdout
    assert "reminders" in today.stdout
    assert (outcomes(conform, "today.json")["SPEC-1"], outcomes(conform, "then.json")["SPEC-1"]) == ("failed", "passed")
    assert conform("diff", "then.json", "today.json").returncode == 0
    replayed = ("replay", "r.har", "--only", "INV,SPEC-1", "--strict")
    assert [conform(*replayed, *more).returncode for more in ((), ("--contract", "1.0.0"))] == [1, 0]


def test_a_requirement_without_a_rule_is_not_passed_over(conform: Conform) -> None:
    with serve(Deployment()) as url:
        ran = conform(url, *KEY, "--only", "MEM", "--contract", "0.9.0", "--json", "report.json")
    assert ran.returncode == 3
    assert "incomplete" in ran.stdout
    [row] = [row for row in conform.report("report.json")["requirements"] if row["id"] == "MEM-90"]
    assert (row["outcome"], row["statement"]) == ("not_tested", "Members have a shoe size.")
    assert row["reason"].startswith("this version of the kit has no rule any more for what contract 0.9.0 asks")


def test_what_failed_by_a_release_is_asked_anew_by_it(conform: Conform) -> None:
    file = conform.folder / "test_failures.py"
    with serve(FAULTS["limit-ignored"].deployment()) as url:
        conform(url, *KEY, "--only", "MEM-3", "--contract", "1.0.0", "--pytest-out", file.name)
        written = file.read_text("utf-8")
        assert 'contract="1.0.0",' in written
        told = []
        for text in (written, written.replace("MEM-3", "MEM-4")):
            file.write_text(text, "utf-8")
            command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", file.name]
            given = {**ENVIRONMENT, "ONEINVOICE_KEY": KEYS["primary"]}
            told.append(subprocess.run(command, cwd=conform.folder, env=given, capture_output=True, text=True).stdout)
    assert "MEM-3 is not kept" in told[0]
    assert "Contract 1.0.0 has no MEM-4; give the one that has." in told[1]


class Swedish(Deployment):
    """What the documentation names in prose is named in Swedish."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        shown = super().invoice(invoice)
        return shown | {WORDS["INV-3"]: shown.pop("payment_state"), WORDS["INV-4"]: shown.pop("due_on")}

    def quote(self, quote: Quote) -> dict[str, Any]:
        shown = super().quote(quote)
        [name] = [name for name, value in shown.items() if value == self.signature(quote) and "sign" in name.lower()]
        return shown | {WORDS["QUO-5"]: shown.pop(name)}


def test_fields_are_recognised_by_the_words_of_the_release(conform: Conform) -> None:
    only = ("--only", ",".join([*WORDS, "INV-5"]), "--json", "report.json")
    found = {}
    for deployment in (Swedish, Deployment):
        with serve(deployment()) as url:
            for contract in ("1.0.0", "0.9.0"):
                conform(url, *KEY, *only, "--contract", contract)
                found[deployment, contract] = {id for id, each in outcomes(conform).items() if each == "passed"}
    assert found[Deployment, "1.0.0"] == found[Swedish, "0.9.0"] == {*WORDS, "INV-5"}
    assert found[Deployment, "0.9.0"] == found[Swedish, "1.0.0"] == set()


def test_a_plan_and_generated_requests_are_those_of_the_release(conform: Conform) -> None:
    todays, then = (
        conform("http://nowhere.example", *KEY, "--only", "MEM-3,MEM-4", "--plan", *more).stdout
        for more in ((), ("--contract", "1.0.0"))
    )
    assert "MEM-4" in todays
    assert "scope: only MEM-3, MEM-4\n" in todays
    assert then == "", "MEM-4 is no requirement of that release"
    planned = conform("http://nowhere.example", *KEY, "--only", "MEM", "--plan", "--contract", "1.0.0").stdout
    assert "MEM-4" not in planned
    assert "scope: only MEM; by contract 1.0.0\n" in planned
    command = [sys.executable, "-P", "-m", "oneinvoice_conformance.fuzz.cases", "12", "1", "0.9.0"]
    made = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True, cwd=conform.folder)
    assert {case["path"] for case in json.loads(made.stdout)} == {"/api/v1/members", "/api/v1/invoices"}


def test_deliveries_are_judged_by_it(conform: Conform) -> None:
    body = conform.folder / "body.json"
    body.write_text('{"event": "invoice.paid"}')
    signature = hmac.new(SECRET.encode(), body.read_bytes(), hashlib.sha256).hexdigest()
    headers = {"X-1Invoice-Event": "invoice.paid", "X-1Invoice-Signature": signature, "User-Agent": "another"}
    given = [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
    secret = {"ONEINVOICE_WEBHOOK_SECRET": SECRET}
    verify = ("verify", *given, "--body", "body.json", "--json", "report.json")
    assert conform(*verify, env=secret).returncode == 1
    assert conform(*verify, "--contract", "1.0.0", env=secret).returncode == 0
    assert outcomes(conform) == {"HOOK-3": "passed", "HOOK-4": "passed"}
    agent = ("verify", "--header", "User-Agent: x", "--body", "body.json", "--contract", "1.0.0")
    assert_one_sentence(conform(*agent, env=secret), 2, "Contract 1.0.0 asks for nothing that these headers show")
    for contract, mark in (("1.0.0", "✓"), ("0.9.0", "✗")):
        with _listening(conform.folder, "--contract", contract) as (url, lines):
            sent = urllib.request.Request(url, body.read_bytes(), headers | {"Content-Type": "application/json"})
            urllib.request.urlopen(sent, timeout=10).close()
        assert [line[9] for line in lines if " invoice.paid " in line][:1] == [mark]


def test_what_passes_is_judged_by_it(conform: Conform) -> None:
    with serve(FAULTS["maximum-of-500"].deployment()) as url:
        for contract, code in (("1.0.0", 0), ("0.9.0", 1)):
            with proxying(conform.folder, url, "--contract", contract) as proxy:
                assert proxy.get("/api/v1/members?limit=300")[0] == 200
                assert proxy.end() == code, proxy.out
            assert f" until you press Ctrl-C, judged by contract {contract}." in proxy.out


NO_RELEASE = "'1.0.1' is no release of the contract; did you mean '1.0.0'? The releases are 0.9.0, 1.0.0."


@pytest.mark.parametrize(
    "arguments",
    [
        ["http://127.0.0.1:9", *KEY],
        ["http://127.0.0.1:9", *KEY, "--plan"],
        ["replay", "r.har"],
        ["verify", "--header", "User-Agent: x", "--body", "body.json"],
        ["listen"],
        ["proxy", "http://127.0.0.1:9"],
    ],
    ids=lambda arguments: " ".join(arguments[:1] + arguments[3:4]),
)
def test_an_unknown_release_is_refused_with_those_that_there_are(conform: Conform, arguments: list[str]) -> None:
    (conform.folder / "body.json").write_text("{}")
    if "replay" in arguments:
        with serve(Deployment()) as url:
            conform(url, *KEY, "--only", "DISC", "--har", "r.har")
    secret = {"ONEINVOICE_WEBHOOK_SECRET": SECRET}
    assert_one_sentence(conform(*arguments, "--contract", "1.0.1", env=secret), 2, NO_RELEASE)
    assert_one_sentence(conform(*arguments, env=secret | {"ONEINVOICE_CONTRACT": "1.0.1"}), 2, NO_RELEASE)


def test_a_release_is_named_in_the_file_of_settings(conform: Conform) -> None:
    (conform.folder / "conformance.toml").write_text('contract = "1.0.0"\nonly = "DISC"\n')
    with serve(Deployment()) as url:
        assert "only DISC; by contract 1.0.0" in conform(url, *KEY).stdout
        assert "only DISC; by contract 0.9.0" in conform(url, *KEY, env={"ONEINVOICE_CONTRACT": "0.9.0"}).stdout
