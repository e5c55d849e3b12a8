"""Judge single requirements anew, for the pytest files that `--pytest-out` writes."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from unittest import SkipTest

from oneinvoice_openapi.printable import printable

from oneinvoice_conformance.engine.effective_options import PATHS
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.errors import KitError, UsageError
from oneinvoice_conformance.fuzz.campaign import FuzzCampaign
from oneinvoice_conformance.history.baseline import Baseline, read_baseline
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.pacer import CommandClock, Pacer
from oneinvoice_conformance.http.redaction import Redactor, without_secrets
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.command_line import from_environment, pop_options
from oneinvoice_conformance.options.config_file import read_names
from oneinvoice_conformance.options.run_options import RunOptions
from oneinvoice_conformance.options.webhook_options import WebhookOptions
from oneinvoice_conformance.ratelimit.overload import Overload
from oneinvoice_conformance.records.names import Names
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.webhooks.collector import WebhookCollector

_PREFIX = "ONEINVOICE_"
_LISTS = ("only", "skip")


class Reproduction:
    """Deployment that the tests of one file ask: each judges one requirement, by the rules of a run.

    It is at `url`, or at ONEINVOICE_URL. `requirements` are those of the file, `needs` the environment variables that
    the run had, and `options` its other options by their names on `RunOptions` and `WebhookOptions`, paths as seen from
    the file `beside` them. Keys, and whatever else isn't given here, are taken from the environment and
    conformance.toml, as the command line takes them; what only excuses, plans or reports is not.

    The tests share what was answered and delivered, and the measured rate limit, as the rules of one run do; all
    reproducers of a process share the pace at which a key is used. What can't be used as given fails each test.

    >>> from oneinvoice_conformance.testing import Reproduction
    >>> with Reproduction(url, requirements=["DISC-1", "AUTH-1"]) as deployment:
    ...     deployment.assert_conforms("DISC-1")
    ...     deployment.assert_conforms("AUTH-1")
    """

    def __init__(
        self,
        url: str,
        *,
        requirements: Sequence[str],
        needs: Sequence[str] = (),
        beside: str = "conformance.toml",
        **options: Any,
    ) -> None:
        self._url, self._beside, self._ids = url, beside, tuple(requirements)
        self._needs, self._options = needs, options
        self._stack = ExitStack()
        self._session: _Session | None = None

    def __enter__(self) -> Reproduction:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.close()

    def assert_conforms(self, id: str, *, generated: bool = False) -> None:
        """Return if the deployment keeps the requirement; `generated` says that generated requests are to judge it.

        Raises `AssertionError` with the reason and the clause if it is broken, and with what to supply if it can't be
        decided; `SkipTest` if there is no occasion any more to keep or break it.
        """
        __tracebackhide__ = True  # the reason is shown, and no part of the kit
        try:
            self._session = self._session or self._start()
            result = self._session.judge(id, generated=generated)
            problem = _problem(result, self._session.redact)
        except KitError as error:
            sentence = self._session.redact(str(error)) if self._session else str(error)
            problem = f"{id} can't be judged: {printable(without_secrets(sentence))}"
        if problem:
            raise AssertionError(problem)

    def _start(self) -> _Session:
        """Read the options, and listen for webhooks if any requirement needs that. Raises `UsageError`."""
        given = from_environment(self._url)
        if missing := [name for name in self._needs if not given[name.removeprefix(_PREFIX).lower()]]:
            raise UsageError(f"The run that wrote this file had {', '.join(missing)}; give the same again.")
        given |= self._options | {"plan": False, "expected_failures": None}
        for name in PATHS:
            if path := self._options.get(name):
                given[name] = Path(self._beside).parent / path
        for name in _LISTS:
            if name in self._options:
                given[name] = ",".join(self._options[name])
        webhooks = pop_options(WebhookOptions, given)
        options = RunOptions(**given)
        deployment = options.deployment(webhooks.webhook_secret)
        client = self._stack.enter_context(options.client(deployment, _pacer(options, deployment)))
        contract = options.judged_by()
        rows = {row.id: row for row in contract.register.requirements}
        if missing := [id for id in self._ids if id not in rows]:
            raise UsageError(f"Contract {contract.version} has no {', '.join(missing)}; give the one that has.")
        requirements = [rows[id] for id in self._ids]
        hooks = None
        if any("webhook" in row.needs for row in requirements):
            hooks = self._stack.enter_context(webhooks.collector(print, lambda what, seconds: None))
        return _Session(
            contract=contract,
            options=options,
            client=client,
            names=read_names(contract.register, options.map_file),
            hooks=hooks,
            overload=options.overload(client, requirements),
            baseline=read_baseline(options.baseline, deployment.base) if options.baseline else None,
            redact=Redactor(deployment),
        )


@dataclass(slots=True)
class _Session:
    """State that the tests of one file share."""

    contract: Contract
    options: RunOptions
    client: Client
    names: dict[str, Names]
    hooks: WebhookCollector | None
    overload: Overload
    baseline: Baseline | None
    redact: Redactor
    full_runs: dict[bool, dict[str, Result]] = field(default_factory=dict)

    def judge(self, id: str, *, generated: bool) -> Result:
        """Return the result of a requirement: by its rule alone, or for an audit by a whole run without webhooks."""
        options = self.options
        fuzz = options.fuzz_campaign() if generated else None
        if not RULES[id].is_audit:
            return self._run(Scope((id,), strict=options.strict), fuzz)[id]
        if generated not in self.full_runs:
            scope = Scope.parse(self.contract.register, options.only, options.skip, strict=options.strict)
            self.full_runs[generated] = self._run(replace(scope, skip=(*scope.skip, "HOOK")), fuzz)
        return self.full_runs[generated][id]

    def _run(self, scope: Scope, fuzz: FuzzCampaign | None) -> dict[str, Result]:
        rows = scope.requirements(self.contract.register)
        # What is measured is the same for all tests that measure; a whole run may measure more.
        overload = self.overload if len(rows) == 1 else self.options.overload(self.client, rows)
        report = run(
            self.client,
            self.contract,
            scope,
            self.names,
            self.hooks,
            fuzz=fuzz,
            overload=overload,
            baseline=self.baseline,
        )
        if report.interrupted:
            raise KeyboardInterrupt
        return {result.requirement.id: result for result in report.results}


def _problem(result: Result, redact: Redactor) -> str | None:
    """Return why a requirement is broken or undecided; None if it is kept. Raises `SkipTest` if it doesn't apply."""
    row, reason = result.requirement, printable(redact(result.finding.reason))
    if result.outcome is Outcome.PASSED:
        return None
    if result.outcome is Outcome.NOT_APPLICABLE:
        raise SkipTest(f"{row.id} has no occasion any more: {reason}")
    if result.outcome in (Outcome.FAILED, Outcome.WARNED):
        return f"{row.id} is not kept: {reason}\n{row.statement}\n“{row.clause}” ({row.section})"
    for option in sorted(result.finding.remedy.options if result.finding.remedy else (), key=len, reverse=True):
        reason = reason.replace(option, _PREFIX + option.removeprefix("--").upper().replace("-", "_"))
    return f"{row.id} can't be decided: {reason}"


def _pacer(options: RunOptions, deployment: Deployment) -> Pacer:
    keys = tuple(sorted(deployment.keys.items()))
    return _shared_pacer(deployment.base, keys, options.rate_limit, options.wait_command)


@cache
def _shared_pacer(base: str, keys: tuple[tuple[str, str], ...], limit: int, command: str | None) -> Pacer:
    """Return one pacer for all files of a process, since they share the rate limit of the keys."""
    return Pacer(limit, CommandClock(command) if command else None)
