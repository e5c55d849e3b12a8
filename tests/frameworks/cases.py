"""Deployments with the mistakes that people make in their parts, and what must fail on each."""

from __future__ import annotations

from dataclasses import dataclass

READING = "--skip RATE,HOOK"


@dataclass(frozen=True)
class Case:
    """Deployment with a mistake, as its file names it, and the verdict that is right.

    fails: what must fail; nothing else may, but for `may_fail`. Where nothing must, something is undecided
    undecided: what is inconclusive for it; nothing else may be. None: whatever
    says: words that the terminal shows
    options: the scope; all but rate limit and webhooks where nothing else is said
    """

    deployment: str
    mistake: str
    fails: frozenset[str]
    options: str = READING
    undecided: frozenset[str] | None = frozenset()
    may_fail: frozenset[str] = frozenset()
    says: str = ""
    workers: int = 1

    @property
    def id(self) -> str:
        return f"{self.deployment}-{self.mistake or 'correct'}"

    @property
    def is_quick(self) -> bool:
        """Whether nothing has to be waited for, as the recovery from an overload."""
        return self.options == READING


def _ids(text: str) -> frozenset[str]:
    return frozenset(text.split())


def reading(deployment: str, mistake: str, fails: str, undecided: str = "", **more: object) -> Case:
    """Return a case that requests to read decide, in seconds."""
    return Case(deployment, mistake, _ids(fails), undecided=_ids(undecided), **more)  # type: ignore[arg-type]


def rates(deployment: str, mistake: str, fails: str, may_fail: str = "", **more: object) -> Case:
    """Return a case that overload decides, in minutes; what it leaves open besides depends on the limiter."""
    more = {"options": "--only RATE", "undecided": None, **more}
    return Case(deployment, mistake, _ids(fails), may_fail=_ids(may_fail), **more)  # type: ignore[arg-type]


_AUTH = "AUTH-1 AUTH-2 AUTH-3 AUTH-4 AUTH-5"

# Correct, and with what is unusual and allowed.
CORRECT = (
    *(Case(name, "", frozenset(), options="--skip HOOK") for name in ("nginx", "django", "fastapi", "litestar")),
    *(Case(name, "", frozenset(), options="--skip HOOK") for name in ("express", "fastify", "hono", "koa")),
    Case("flask", "", frozenset(), options="--skip HOOK", workers=4),
    # Each path, or each list, redirects to one with a slash; by an absolute URL but for Django.
    reading("django", "append-slash", ""),
    reading("fastapi", "redirect-slashes", ""),
    reading("flask", "strict-slashes", ""),
    # Pages are cached, with a Vary that keeps keys apart.
    reading("django", "cache-page", ""),
)

# Those that take longest come first, so that none is left running alone at the end.
CASES = (
    # Refused with something else than 429.
    rates("nginx", "status-503", "RATE-2"),
    rates("express", "warns-with-200", "RATE-2"),
    rates("fastify", "error-without-status", "RATE-2"),
    rates("fastify", "ban", "RATE-2"),
    # Requests that a run has room for only where it waits for the limit anyway.
    rates("fastify", "api-key-header-too", "AUTH-4", options="--only AUTH,RATE"),
    # Too little.
    rates("fastapi", "thirty-a-minute", "RATE-1"),
    rates("express", "limit-of-50", "RATE-1"),
    # Sixty a minute to whoever waits for just a second between two: left open, and said.
    rates("flask", "one-a-second", "", says="one by one"),
    rates("nginx", "half-the-rate", "RATE-1"),
    rates("nginx", "one-a-second-without-burst", "", says="one by one"),
    # A limiter in the memory of each of 4 workers: four times the limit.
    rates("django", "locmem-of-each-worker", "RATE-2", workers=4),
    rates("fastapi", "memory-of-each-worker", "RATE-2", workers=4),
    rates("flask", "memory-of-each-worker", "RATE-2", workers=4),
    # Too much: windows that are too short, or limits that never refuse.
    rates("flask", "ten-a-second", "RATE-2"),
    rates("express", "window-of-ten-seconds", "RATE-2"),
    rates("express", "successes-skipped", "RATE-2"),
    rates("fastify", "window-of-a-second", "RATE-2"),
    rates("fastify", "window-of-twenty-seconds", "RATE-2"),
    rates("koa", "duration-in-seconds", "RATE-2"),
    rates("litestar", "unit-of-a-second", "RATE-2"),
    rates("nginx", "ten-a-second", "RATE-2"),
    rates("django", "no-throttle", "RATE-2"),
    # Not again within a minute.
    rates("django", "sixty-an-hour", "RATE-4", "RATE-1"),
    # Counted by something else than the key.
    rates("django", "throttle-by-user", "RATE-3"),
    rates("fastapi", "limit-by-address", "RATE-3"),
    rates("express", "limit-by-address", "RATE-3"),
    rates("nginx", "limit-by-address", "RATE-3"),
    rates("hono", "one-limit-for-all", "RATE-3"),
    # Counted by endpoint, or at one endpoint alone.
    rates("fastapi", "limit-per-route", "RATE-5"),
    rates("fastapi", "decorator-forgotten", "RATE-5"),
    rates("flask", "limit-of-each-endpoint", "RATE-5"),
    rates("express", "limiter-of-each-router", "RATE-5"),
    rates("koa", "count-by-path", "RATE-5"),
    rates("nginx", "limit-by-path", "RATE-5", "RATE-2"),
    rates("nginx", "limit-on-one-location", "RATE-5", "RATE-2"),
    # Discovery.
    reading("django", "discovery-needs-key", "DISC-1", "DISC-2"),
    reading("hono", "wildcard-takes-in-discovery", "DISC-1", "DISC-2"),
    # Keys.
    reading("django", "no-authenticate-header", _AUTH),
    reading("nginx", "login-page", _AUTH),
    reading("nginx", "sent-to-login", _AUTH),
    reading("django", "permission-forgotten", "AUTH-1 AUTH-4 ORG-1", "ORG-2 ORG-3"),
    reading("fastapi", "dependency-forgotten", f"{_AUTH} ORG-1", "ORG-2 ORG-3"),
    reading("django", "revoked-key-served", "AUTH-3"),
    reading("django", "token-scheme-left", "AUTH-4"),
    reading("fastapi", "any-scheme", "AUTH-4"),
    reading("express", "raw-key-under-basic", "AUTH-4"),
    reading("fastapi", "case-insensitive-key", "AUTH-5"),
    reading("django", "key-by-prefix", "AUTH-5"),
    # Organisations.
    reading("django", "tenant-forgotten", "ORG-1", "ORG-2 ORG-3"),
    reading("django", "filter-of-all-tenants", "ORG-2"),
    # Pages.
    reading("django", "page-size-of-20", "MEM-2"),
    reading("django", "page-size-of-100", "MEM-2"),
    reading("django", "max-limit-of-100", "MEM-3"),
    reading("fastapi", "le-100", "MEM-3"),
    reading("fastify", "schema-maximum-of-100", "MEM-3"),
    reading("express", "limit-beside-offset-alone", "MEM-3"),
    # A page of 10**20 is more than the database's integers, and the answer to it an error.
    reading("django", "no-max-limit", "MEM-4 ERR-1"),
    reading("express", "paging-as-text", "MEM-2 MEM-3 MEM-4"),
    reading("django", "ties-without-order", "MEM-5", may_fail=_ids("MEM-6 MEM-8")),
    reading("fastapi", "offset-from-one", "MEM-5 MEM-6 MEM-8", "MEM-7"),
    # Then no list longer than a page can be read.
    Case("fastapi", "offset-counts-pages", _ids("MEM-5 MEM-6 MEM-8"), undecided=None),
    # Filters.
    reading("django", "filter-forgotten", "MEM-7 QUO-2 INV-2"),
    reading("django", "substring-filter", "MEM-7"),
    reading("fastapi", "paging-drops-filter", "MEM-7 MEM-8 INV-2"),
    reading("nginx", "query-dropped", "MEM-3 MEM-5 MEM-6 MEM-7 MEM-8 QUO-2 INV-2", "MEM-2 MEM-4"),
    # Fields.
    reading("flask", "totals-missing", "QUO-3"),
    reading("fastapi", "token-left-out", "QUO-4"),
    reading("fastapi", "token-of-customer", "QUO-4"),
    reading("fastapi", "due-date-null", "INV-4", "INV-5"),
    # Errors.
    reading("flask", "text-crashes", "ERR-1"),
    reading("fastapi", "offset-overflows", "ERR-1"),
    reading("fastapi", "validation-error-is-500", "ERR-1", "MEM-4"),
    reading("flask", "every-error-is-500", "ERR-1", "MEM-4"),
    # A cache that leaves keys out of account breaks whatever is asked with two of them.
    Case(
        "nginx",
        "cache-for-all",
        _ids("AUTH-1 ORG-1"),
        undecided=None,
        may_fail=_ids("AUTH-2 AUTH-3 AUTH-4 AUTH-5 ORG-2 ORG-3 MEM-3 MEM-5 MEM-6 MEM-7"),
        says="A cache serves members, quotes and invoices to whoever asks",
    ),
)
