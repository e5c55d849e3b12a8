"""A verdict can be trusted: never `conforms` where something starved the run, the same one each time, and no secrets.

Runs leave out RATE and VER, and those that need many deployments HOOK too, for the time that takes; the first tests
show that a healthy deployment conforms like that.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_conformance.client import Client
from oneinvoice_conformance.deployment import Deployment as Target
from oneinvoice_conformance.errors import KitError
from oneinvoice_conformance.pacer import Pacer
from oneinvoice_conformance.receiver import Receiver
from oneinvoice_conformance.runner import Report
from oneinvoice_conformance.runner import run as run_suite
from oneinvoice_conformance.scope import Scope
from oneinvoice_conformance.settings import read_names
from oneinvoice_conformance.verdict import Outcome, Verdict
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_openapi.register import register
from werkzeug.wrappers import Request, Response

from tests.miniatures import EVENTS, FAULTS, FREE, Deployment, keys, serve
from tests.miniatures.data import OTHER, PRIMARY, Key, new_member
from tests.miniatures.deployment import Stop
from tests.miniatures.events import Happening
from tests.miniatures.hooks import Delivery, Webhook
from tests.miniatures.starving import Answer, Starved, content, dripping, dropped, page, status
from tests.unit.conformance.fakes import Skipping

ROOT = Path(__file__).parents[2]
CONFORM = Path(sysconfig.get_path("scripts")) / "oneinvoice-conform"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")} | {
    # For the command that triggers events.
    "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
}
TIMES = 20 if os.environ.get("ONEINVOICE_SOAK") == "1" else 3
KEYS = {name: key.value for name, key in keys().items()}
SECRET = "whsec_planted_0123456789"
READ_ONLY = Scope.of(register(), None, "HOOK,RATE,VER")
CONFORMS, VIOLATIONS, USAGE, INCOMPLETE, UNREACHABLE = range(5)
LONGEST = 30.0  # seconds that any of these runs may take


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    code: int
    out: str
    err: str
    file: str

    @property
    def report(self) -> Any:
        return json.loads(self.file) if self.file else None

    @property
    def outcomes(self) -> dict[str, str]:
        return {row["id"]: row["outcome"] for row in self.report["requirements"]}


_OPTIONS = {"primary": "--key", "sibling": "--sibling-key", "other": "--other-key", "revoked": "--revoked-key"}


def run(folder: Path, url: str, *options: str, keys: dict[str, str] = KEYS, skip: str = "RATE,VER") -> Run:
    """Judge what is served there, as a user would, within `LONGEST`."""
    given = [part for name, key in keys.items() for part in (_OPTIONS[name], key)]
    command = [CONFORM, url, *given, "--skip", skip, "--json", "report.json", "--wait-command", "true {seconds}"]
    written = folder / "report.json"
    written.unlink(missing_ok=True)
    done = subprocess.run(
        [*command, *options], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=LONGEST, check=False
    )
    return Run(done.returncode, done.stdout, done.stderr, written.read_text() if written.exists() else "")


def judge(folder: Path, deployment: Deployment, *options: str, registered: bool = True, **more: Any) -> Run:
    """Serve the deployment, with a webhook that the run listens at unless told otherwise, and judge all of it."""
    with Receiver("127.0.0.1", 0) as free:
        port = free.port
    hook = f"http://127.0.0.1:{port}/hook"
    deployment.register(hook if registered else "http://127.0.0.1:9/hook", SECRET)
    with serve(deployment) as url:
        trigger = f"'{sys.executable}' -m tests.miniatures.trigger {url} {{event}}"
        webhooks = ["--webhook-secret", SECRET, "--listen", f"127.0.0.1:{port}", "--public-url", hook]
        return run(
            folder, url, *webhooks, "--trigger", trigger, "--webhook-timeout", "1", "--timeout", "1", *options, **more
        )


def judge_reading(folder: Path, deployment: Deployment, *options: str, **more: Any) -> Run:
    """The same without webhooks."""
    with serve(deployment) as url:
        return run(folder, url, "--timeout", "1", *options, skip="HOOK,RATE,VER", **more)


def judge_quickly(deployment: Deployment, timeout: float = 5.0) -> Report | None:
    """What the runner finds of a deployment without webhooks, with no time lost in waiting; None if nothing at all."""
    with serve(deployment) as url, Client(Target(url, KEYS), timeout=timeout, pacer=Pacer(clock=Skipping())) as client:
        try:
            return run_suite(client, register(), READ_ONLY, read_names(register(), None))
        except KitError:
            return None


def outcomes(report: Report) -> dict[str, Outcome]:
    return {result.requirement.id: result.outcome for result in report.results}


def assert_told_in_one_sentence(run: Run, code: int) -> None:
    """No verdict, and one line says why."""
    assert run.code == code, run
    assert run.out == ""
    assert not run.file
    assert run.err.startswith("oneinvoice-conform: ")
    assert run.err.endswith(".\n")
    assert run.err.count("\n") == 1


def assert_verdict(run: Run, code: int) -> None:
    """A verdict that isn't good, with a report of it."""
    assert run.code == code, run
    assert run.err == ""
    assert run.report["verdict"] == {VIOLATIONS: "violations", INCOMPLETE: "incomplete"}[code]
    assert "error" not in run.outcomes.values()


def test_a_healthy_deployment_conforms(tmp_path: Path) -> None:
    healthy = judge(tmp_path, Deployment())
    assert (healthy.code, healthy.err) == (CONFORMS, "")
    assert healthy.report["verdict"] == "conforms"
    assert set(healthy.outcomes.values()) == {"passed", "not_applicable"}

    report = judge_quickly(Deployment())
    assert report
    assert report.verdict is Verdict.CONFORMS


# Starvation: everything has the same answer


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (status(429), INCOMPLETE),
        (status(429, **{"Retry-After": "1"}), INCOMPLETE),
        (status(429, **{"Retry-After": "86400"}), INCOMPLETE),
        (status(500), VIOLATIONS),
        (status(503), VIOLATIONS),
        (status(403), VIOLATIONS),
        (page(500), VIOLATIONS),
        (page(403), VIOLATIONS),
        (content("{}"), VIOLATIONS),
        (content("[]"), VIOLATIONS),
        (content('{"items": [], "count": 0}'), VIOLATIONS),
    ],
    ids=["429", "429 soon", "429 tomorrow", "500", "503", "403", "500 page", "403 page", "{}", "[]", "nothing"],
)
def test_one_answer_to_everything_is_never_a_good_verdict(answer: Answer, code: int, tmp_path: Path) -> None:
    assert_verdict(judge_reading(tmp_path, Starved(answer)), code)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (status(401), USAGE),  # the key may be wrong, which is for the user to see
        (page(401), USAGE),
        (status(404), UNREACHABLE),
        (status(204), UNREACHABLE),
        (page(200), UNREACHABLE),
        (page(404), UNREACHABLE),
        (page(418), UNREACHABLE),
        (content("", 302, Location="/login"), UNREACHABLE),
        (content("", 308, Location="http://127.0.0.1:9/elsewhere"), UNREACHABLE),
        (content(""), UNREACHABLE),
        (content("null"), UNREACHABLE),
        (content("{"), UNREACHABLE),
        (content("[" * 100_000), UNREACHABLE),
        (dropped, UNREACHABLE),
        (dripping, UNREACHABLE),
    ],
    ids=["401", "401 page", "404", "204", "page", "404 page", "418 page", "to login", "elsewhere", "empty", "null",
         "no JSON", "deep", "dropped", "dripping"],
)  # fmt: skip
def test_what_is_no_api_is_told_in_one_sentence(answer: Answer, code: int, tmp_path: Path) -> None:
    assert_told_in_one_sentence(judge_reading(tmp_path, Starved(answer)), code)


# Starvation: by and by, or in part

NONE = status(429, **{"Retry-After": "0"}), status(500), status(404), page(), content("{}"), dropped
NAMES = "429", "500", "404", "page", "{}", "dropped"


def assert_not_green(report: Report | None) -> None:
    if report is not None:
        assert report.verdict is not Verdict.CONFORMS
        assert Outcome.ERROR not in outcomes(report).values()


# The last requests of a run have bad input, for which most answers are good enough.
@pytest.mark.parametrize("after", [1, 4, 10, 25, 40, 50])
@pytest.mark.parametrize("answer", NONE, ids=NAMES)
def test_a_deployment_that_gives_out_is_never_green(answer: Answer, after: int) -> None:
    assert_not_green(judge_quickly(Starved(answer, after=after)))


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        pytest.param(answer, key, id=f"{key}-{name}")
        for key in ("none", "unknown", "primary", "sibling", "other", "revoked")
        for answer, name in zip(NONE, NAMES, strict=True)
    ],
)
def test_a_key_that_gets_nothing_is_never_green(answer: Answer, key: str) -> None:
    assert_not_green(judge_quickly(Starved(answer, key=key)))


@pytest.mark.parametrize("endpoint", ["discovery", "members", "quotes", "invoices"])
@pytest.mark.parametrize("answer", [*NONE, dripping], ids=[*NAMES, "dripping"])
def test_an_endpoint_that_gives_nothing_is_never_green(answer: Answer, endpoint: str) -> None:
    assert_not_green(judge_quickly(Starved(answer, endpoint=endpoint), timeout=0.2 if answer is dripping else 5.0))


def test_a_deployment_that_hangs_up_leaves_a_report(tmp_path: Path) -> None:
    assert_verdict(judge(tmp_path, Starved(dropped, after=20)), INCOMPLETE)


# Starvation: the wrong data, the wrong keys, the wrong address


@pytest.mark.parametrize("name", ["empty", "other-empty", "fifty-members"])
def test_an_organisation_with_too_little_leaves_it_open(name: str, tmp_path: Path) -> None:
    assert_verdict(judge_reading(tmp_path, FREE[name].deployment()), INCOMPLETE)


def test_two_keys_of_one_organisation_are_a_violation_that_names_the_other_cause(tmp_path: Path) -> None:
    mixed_up = {"primary": KEYS["primary"], "other": KEYS["sibling"], "revoked": KEYS["revoked"]}
    found = judge_reading(tmp_path, Deployment(), keys=mixed_up)
    assert_verdict(found, VIOLATIONS)
    assert "or both keys are of one organisation" in found.out


def test_a_missing_key_leaves_it_open(tmp_path: Path) -> None:
    for missing in ("primary", "other", "revoked"):
        found = judge_reading(tmp_path, Deployment(), keys={name: key for name, key in KEYS.items() if name != missing})
        assert_verdict(found, INCOMPLETE)
        assert f"with {_OPTIONS[missing]}" in found.out


ISSUED = [(key.text, which) for which, each in zip((PRIMARY, OTHER), organisations(), strict=True) for key in each.keys]


class WithChecksums(Deployment):
    """Has keys as the reference implementation issues them."""

    def __init__(self) -> None:
        super().__init__()
        self.keys = {text: Key(text, text, organisation) for text, organisation in ISSUED}


def test_a_revoked_key_that_was_never_issued_leaves_it_open(tmp_path: Path) -> None:
    own = {"primary": ISSUED[0][0], "other": ISSUED[-1][0]}
    found = judge_reading(tmp_path, WithChecksums(), keys=own | {"revoked": f"1iv_{'x' * 49}"})
    assert_verdict(found, INCOMPLETE)
    assert found.outcomes["AUTH-3"] == "inconclusive"
    assert "never issued: its checksum is wrong" in " ".join(found.out.split())


def test_a_revoked_key_without_the_prefix_is_refused(tmp_path: Path) -> None:
    assert_told_in_one_sentence(judge_reading(tmp_path, Deployment(), keys=KEYS | {"revoked": "abc" * 16}), USAGE)


def test_deliveries_that_do_not_come_leave_it_open(tmp_path: Path) -> None:
    found = judge(tmp_path, Deployment(), registered=False)
    assert_verdict(found, INCOMPLETE)
    assert {found.outcomes[f"HOOK-{number}"] for number in range(1, 13)} == {"inconclusive"}


def test_a_deployment_that_starves_delivers_in_vain(tmp_path: Path) -> None:
    found = judge(tmp_path, Starved(status(429)))
    assert_verdict(found, INCOMPLETE)
    assert {found.outcomes[f"HOOK-{number}"] for number in range(1, 13)} == {"passed"}


# The same verdict each time


@pytest.mark.parametrize(
    "deployment",
    [
        Deployment,
        FREE["empty"].deployment,
        FAULTS["one-total-missing"].deployment,
        FAULTS["filter-inverted"].deployment,
        lambda: Starved(status(429, **{"Retry-After": "0"}), key="other"),
        lambda: Starved(status(500), endpoint="quotes"),
    ],
    ids=["healthy", "empty", "one-total-missing", "filter-inverted", "other-429", "quotes-500"],
)
def test_runs_against_one_deployment_agree(deployment: Callable[[], Deployment]) -> None:
    served = deployment()
    reports = [judge_quickly(served) for _ in range(TIMES)]
    first = reports[0]
    assert first
    for report in reports[1:]:
        assert report
        assert (report.verdict, outcomes(report)) == (first.verdict, outcomes(first))


def test_runs_of_the_command_agree(tmp_path: Path) -> None:
    with serve(Deployment()) as url:
        runs = [run(tmp_path, url, skip="HOOK,RATE,VER") for _ in range(TIMES)]
    assert {run.code for run in runs} == {CONFORMS}
    assert all(run.outcomes == runs[0].outcomes for run in runs)


# Data that changes meanwhile


class Restless(Deployment):
    """Has people at work: members join, leave and change, and all that can happen to documents does."""

    def work(self, step: int) -> None:
        with self._lock:
            members = self.world.members
            member = members[step * 17 % len(members)]
            index = members.index(member)
            match step % 4:
                case 0:
                    members.append(new_member(members[-1].id + 1, PRIMARY if step % 3 else OTHER, "pending"))
                case 1 if len(members) > 420:
                    del members[index]
                case _:
                    members[index] = replace(member, status="inactive" if member.status == "active" else "active")
            self.trigger(EVENTS[step % len(EVENTS)])


@contextmanager
def people_at_work(deployment: Restless, pause: float) -> Iterator[None]:
    """Something changes after each pause, in seconds, for as long as this lasts."""
    done = threading.Event()

    def work() -> None:
        for step in count():
            if done.wait(pause):
                return
            deployment.work(step)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize("pause", [0.001, 0.01, 0.05, 0.2])
def test_data_that_changes_is_never_a_failure(pause: float) -> None:
    for _ in range(TIMES):
        deployment = Restless()
        with people_at_work(deployment, pause):
            report = judge_quickly(deployment)
        assert report
        bad = [result for result in report.results if result.outcome in ("failed", "warned", "error")]
        assert not bad, [(result.requirement.id, result.finding.reason) for result in bad]
        assert len(deployment.log) > 60


# Secrets

GATE = 's3same"/42&<x>-planted'
PASSWORD = b64encode(b"somebody:pl4nted-password").decode()
SECRETS = [*(key.removeprefix("1iv_") for key in KEYS.values()), SECRET, GATE, PASSWORD]


class Gossip(Deployment):
    """Lets anybody in, and repeats whatever it hears, in bodies, in headers, and to its webhook."""

    def find_key(self, token: str, resource: str) -> Key | None:
        return super().find_key(token, resource) or (self.keys["primary"] if token.startswith("1iv_") else None)

    def is_live(self, key: Key, resource: str) -> bool:
        return True

    def finish(self, request: Request, response: Response) -> Response:
        heard = dict(request.headers)
        for number, value in enumerate(heard.values()):
            response.headers[f"X-Heard-{number}"] = value
        if response.status_code == 200:
            response.set_data(json.dumps({**json.loads(response.get_data()), "heard": heard, "bad": repr(heard)}))
        elif response.status_code < 400:
            response.headers["Location"] = f"/login?as={heard.get('Authorization')}"
        else:
            response.set_data(f"{heard} {json.dumps(json.dumps(heard))}")
        return response

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        spread = {"X-1Invoice-Event": f"{event} {secret}", "X-1Invoice-Signature": secret, "User-Agent": secret}
        return super().headers(event, body, secret) | spread

    def content(self, happening: Happening) -> Any:
        assert self.webhook
        return super().content(happening) | {"secret": self.webhook.secret}

    def delivery(self, happening: Happening, webhook: Webhook) -> Delivery:
        delivery = super().delivery(happening, webhook)
        return replace(delivery, target=f"{delivery.target}?secret={webhook.secret}")


class RedirectingGossip(Gossip):
    """Sends those who ask for quotes elsewhere, with their key in the address, and crashes over bad input."""

    def list_records(self, request: Request, resource: str) -> Response:
        if resource == "quotes":
            return self.error(307, "Over there.")
        return super().list_records(request, resource)

    def number(self, text: str) -> int:
        if not text.isdecimal():
            raise Stop(self.error(500, "Out of order."))
        return int(text)


def assert_no_secret(*artefacts: str) -> None:
    """Not even the head of one, in any letter case."""
    text = "".join(artefacts).lower()
    assert not [secret for secret in SECRETS if secret[:12].lower() in text]
    assert not [key for key in KEYS.values() if b64encode(key.encode())[:16].decode().lower() in text]


@pytest.mark.parametrize("deployment", [Gossip, RedirectingGossip])
def test_secrets_are_in_no_artefact_whatever_is_echoed(deployment: type[Deployment], tmp_path: Path) -> None:
    headers = ["--header", f"X-Gate: {GATE}", "--header", f"Proxy-Authorization: Basic {PASSWORD}"]
    found = judge(tmp_path, deployment(), *headers)
    assert_verdict(found, VIOLATIONS)
    for rule in ("AUTH-2", "AUTH-3", "AUTH-5", "HOOK-3", "HOOK-4", "HOOK-5"):
        assert found.outcomes[rule] == "failed"
    assert "curl -i" in found.out
    assert "$ONEINVOICE_KEY" in found.file
    assert_no_secret(found.out, found.err, found.file)


@pytest.mark.parametrize("answer", [page(), status(404), status(401), dropped])
def test_secrets_are_in_no_sentence(answer: Answer, tmp_path: Path) -> None:
    class Echo(Starved):
        def finish(self, request: Request, response: Response) -> Response:
            response.headers["Content-Type"] = f"text/x; for={request.headers.get('Authorization')}"
            response.headers["Location"] = f"/{GATE}"
            return response

    found = judge(tmp_path, Echo(answer), "--header", f"X-Gate: {GATE}")
    assert found.code in (USAGE, UNREACHABLE)
    assert_told_in_one_sentence(found, found.code)
    assert_no_secret(found.err)


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("http://somebody:pl4nted-password@127.0.0.1:9", []),
        ("http://127.0.0.1:9/?token=pl4nted-password", []),
        ("http://127.0.0.1:9", ["--public-url", "http://somebody:pl4nted-password@127.0.0.1:9/hook"]),
        ("http://127.0.0.1:9", ["--header", "Authorization: Bearer pl4nted-password"]),
        ("http://127.0.0.1:9", ["--header", "pl4nted-password without a colon"]),
    ],
)
def test_secrets_in_the_wrong_place_are_refused_and_not_repeated(url: str, options: list[str], tmp_path: Path) -> None:
    webhooks = ["--webhook-secret", SECRET, "--listen", "127.0.0.1:0", "--trigger", "true {event}"]
    found = run(tmp_path, url, *webhooks, *options)
    assert_told_in_one_sentence(found, USAGE)
    assert "pl4nted" not in found.err
    assert_no_secret(found.err)
