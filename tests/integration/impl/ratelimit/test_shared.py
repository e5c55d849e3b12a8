"""The limit that processes share through Redis, and what becomes of it when Redis is away."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.clock import SYSTEM_CLOCK
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.ratelimit import shared
from oneinvoice_impl.ratelimit.shared import SharedLimiter
from oneinvoice_impl.ratelimit.standing import Standing
from oneinvoice_impl.ratelimit.windows import SlidingWindows
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings, UnusableSetting
from oneinvoice_impl.web.throttle import HOUR, MINUTE, Throttle
from starlette.exceptions import HTTPException

from tests.services.redis import PASSWORD, Redis, redis
from tests.unit.impl.api.test_rate_limit import MEMBERS, set_limit
from tests.unit.impl.asgi_client import ask, ask_together, asked, bearer

KEY = key_text(1, "primary")
MakeLimiter = Callable[..., SharedLimiter]


@pytest.fixture(scope="module")
def module_server() -> Iterator[Redis]:
    with redis() as server:
        yield server


@pytest.fixture
def server(module_server: Redis) -> Redis:
    """An empty one."""
    module_server.tell("FLUSHALL")
    return module_server


@pytest.fixture
def mortal_server() -> Iterator[Redis]:
    """One for a test that does it harm."""
    with redis() as server:
        yield server


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeLimiter]:
    """A limiter, as a process of several has it, which asks a Redis that was away again at once."""
    monkeypatch.setattr(shared, "PAUSE", 0.05)
    made = []

    def limiter(server: Redis, workers: int = 4) -> SharedLimiter:
        made.append(SharedLimiter(server.url, SlidingWindows(SYSTEM_CLOCK, workers)))
        return made[-1]

    yield limiter
    for each in made:
        each.close()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The time that windows are counted by, to be changed."""
    held = [float(int(time.time()))]
    monkeypatch.setattr(time, "time", lambda: held[0])
    yield held
    monkeypatch.undo()


@pytest.fixture
def app(mortal_server: Redis, make: MakeLimiter) -> Iterator[Application]:
    app = create_app(Settings(redis_url=mortal_server.url, workers=4))
    seed_database(app.database, seed=1, scale=10, progress=lambda done, total: None)
    yield app
    app.database.close()


def hit(limiter: SharedLimiter, limit: int = 60, key: str = "key_1") -> Standing:
    return asyncio.run(limiter.hit(key, limit))


def served(limiter: SharedLimiter, count: int, limit: int = 60) -> int:
    return sum(hit(limiter, limit).served for _ in range(count))


def until_shared_again(limiter: SharedLimiter) -> None:
    until = time.monotonic() + 10
    while limiter._is_suspended:
        assert time.monotonic() < until, "it did not come back"
        hit(limiter, key="somebody else's")
        time.sleep(0.02)


def test_60_are_served_by_all_together(server: Redis, make: MakeLimiter) -> None:
    one, other = make(server), make(server)
    standings = [hit(each) for _ in range(31) for each in (one, other)]
    assert [standing.served for standing in standings] == [True] * 60 + [False] * 2
    assert [standing.remaining for standing in standings] == [*range(59, -1, -1), 0, 0]
    assert standings[0] == Standing(True, 60, 59, 60)
    assert 1 <= standings[-1].retry_after <= 60


def test_at_the_same_time_too(server: Redis, make: MakeLimiter) -> None:
    limiter = make(server)

    async def together() -> list[Standing]:
        return await asyncio.gather(*(limiter.hit("key_1", 60) for _ in range(200)))

    assert sum(standing.served for standing in asyncio.run(together())) == 60


def test_what_is_refused_costs_nothing_and_the_window_slides(
    server: Redis, make: MakeLimiter, now: list[float]
) -> None:
    limiter = make(server)
    assert served(limiter, 2, limit=3) == 2
    now[0] += 30
    assert served(limiter, 2, limit=3) == 1
    assert hit(limiter, 3) == Standing(False, 3, 0, 30)
    now[0] += 30.25
    assert served(limiter, 10, limit=3) == 2
    now[0] += 30
    assert served(limiter, 10, limit=3) == 1


def test_a_changed_limit_counts_what_was_sent_before(server: Redis, make: MakeLimiter, now: list[float]) -> None:
    limiter = make(server)
    for _ in range(4):
        hit(limiter, 60)
        now[0] += 10
    assert hit(limiter, 2) == Standing(False, 2, 0, 40)
    assert hit(limiter, 5) == Standing(True, 5, 0, 20)
    now[0] += 50.25
    assert hit(limiter, 2).served


def test_keys_have_windows_of_their_own_and_end_by_themselves(server: Redis, make: MakeLimiter) -> None:
    limiter = make(server)
    assert served(limiter, 2, limit=1) == 1
    assert hit(limiter, 1, "key_2").served
    assert server.tell("DBSIZE") == ":2"
    assert 0 < int(server.tell("TTL oneinvoice:requests:key_1").removeprefix(":")) <= 60


def test_a_connection_that_was_closed_meanwhile_is_nothing_to_speak_of(
    server: Redis, make: MakeLimiter, caplog: pytest.LogCaptureFixture
) -> None:
    limiter = make(server)
    hit(limiter)
    server.tell("CLIENT KILL TYPE normal SKIPME yes")
    assert hit(limiter).remaining == 58
    assert not caplog.records


def test_killed_and_started_again(app: Application, mortal_server: Redis, caplog: pytest.LogCaptureFixture) -> None:
    def remaining() -> list[str]:
        answers = [ask(app, MEMBERS, bearer(KEY)) for _ in range(4)]
        assert {answer.status for answer in answers} <= {200, 429}
        return [answer.headers["ratelimit"].split(";")[1] for answer in answers]

    set_limit(app, 12)
    assert remaining() == ["r=11", "r=10", "r=9", "r=8"]
    mortal_server.kill()
    assert remaining() == ["r=2", "r=1", "r=0", "r=0"], "one of four workers has a fourth of the limit"
    assert ask(app, MEMBERS, bearer(KEY)).status == 429
    (warning,) = caplog.records
    assert warning.levelno == logging.WARNING
    assert "Redis can't be used (ConnectionError); until it can, each worker" in warning.getMessage()
    mortal_server.start()
    until = time.monotonic() + 10
    while ask(app, MEMBERS, bearer(KEY)).status == 429:
        assert time.monotonic() < until, "it did not come back"
        time.sleep(0.02)
    assert remaining() == ["r=10", "r=9", "r=8", "r=7"]
    assert "Redis can be used again" in caplog.text
    assert len(caplog.records) == 2
    assert PASSWORD not in caplog.text
    assert str(mortal_server.port) not in caplog.text


def test_killed_in_the_middle_of_many(app: Application, mortal_server: Redis) -> None:
    set_limit(app, 4000)

    async def kill() -> None:
        await asyncio.sleep(0.05)
        mortal_server.kill()

    async def together() -> list[int]:
        requests = (asked(app, MEMBERS, bearer(KEY)) for _ in range(300))
        answers, _ = await asyncio.gather(asyncio.gather(*requests), kill())
        return [answer.status for answer in answers]

    assert asyncio.run(together()) == [200] * 300


def test_a_redis_that_hangs_slows_nobody_but_the_first(
    mortal_server: Redis, make: MakeLimiter, caplog: pytest.LogCaptureFixture
) -> None:
    limiter = make(mortal_server)
    hit(limiter)
    mortal_server.hang()
    try:
        started = time.monotonic()
        assert served(limiter, 1) == 1
        assert time.monotonic() - started < 1
        started = time.monotonic()
        until = started + 1
        count = 0
        while time.monotonic() < until:
            hit(limiter)
            count += 1
        assert count > 300, "some waited"
        assert len(caplog.records) == 1
    finally:
        mortal_server.go_on()
    until_shared_again(limiter)
    assert hit(limiter).remaining >= 50


def test_many_at_once_while_it_hangs(app: Application, mortal_server: Redis) -> None:
    set_limit(app, 4000)
    mortal_server.hang()
    try:
        started = time.monotonic()
        answers = ask_together(app, [MEMBERS] * 100, bearer(KEY))
        assert time.monotonic() - started < 2
        assert {answer.status for answer in answers} == {200}
    finally:
        mortal_server.go_on()


def test_a_redis_that_only_reads_is_away_until_it_writes(
    server: Redis, make: MakeLimiter, caplog: pytest.LogCaptureFixture
) -> None:
    limiter = make(server)
    server.tell("CONFIG SET maxmemory 1")
    try:
        for _ in range(10):
            assert hit(limiter).limit == 60
            time.sleep(0.02)
        assert len(caplog.records) == 1
    finally:
        server.tell("CONFIG SET maxmemory 0")
    until_shared_again(limiter)
    assert hit(limiter).remaining == 59


def test_what_nobody_expected_is_no_reason_to_refuse_a_request(
    server: Redis, make: MakeLimiter, caplog: pytest.LogCaptureFixture
) -> None:
    server.tell("SET oneinvoice:requests:key_1 nonsense")
    limiter = make(server)
    assert hit(limiter).remaining == 14
    assert "Redis can't be used (ResponseError)" in caplog.text


@pytest.mark.parametrize(
    "url",
    ["redis://default:wrong-word@127.0.0.1:{port}", "redis://127.0.0.1:{port}/99", "redis://127.0.0.1:1",
     "rediss://127.0.0.1:{port}", "redis://nowhere.invalid"],
)  # fmt: skip
def test_where_no_redis_can_be_used_each_worker_counts_for_itself(
    server: Redis, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    limiter = SharedLimiter(url.format(port=server.port), SlidingWindows(SYSTEM_CLOCK, 4))
    assert served(limiter, 61) == 15
    (warning,) = caplog.records
    assert "Redis can't be used" in warning.getMessage()
    assert not [word for word in ("wrong-word", "127.0.0.1", "nowhere") if word in caplog.text]
    limiter.close()


@pytest.mark.parametrize(
    "url",
    ["", "localhost", "localhost:6379", "http://secret@host", "memcached://host", "redis://", "redis:///0",
     "redis://:secret@host:port", "redis://:secret@host:70000", "redis://:secret@host/first",
     "redis://:secret@host/0?nonsense=1", "redis://:secret@host?socket_timeout=soon", "unix:///tmp/redis.sock",
     "redis://[::1", "redis+cluster://host"],
)  # fmt: skip
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(UnusableSetting, match=r"^ONEINVOICE_REDIS_URL can't be used; give one such as ") as caught:
        create_app(Settings(redis_url=url))
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_attempts_of_all_workers_are_counted_together(mortal_server: Redis) -> None:
    settings = Settings(redis_url=mortal_server.url, workers=4, secret_key="key")
    workers = [Throttle(settings, SYSTEM_CLOCK) for _ in range(4)]

    def allowed(limit: int, seconds: int) -> int:
        waits = []
        for number in range(40):
            try:
                asyncio.run(workers[number % 4].check("link to", "maren@nordlys.example", limit, seconds))
            except HTTPException as refusal:
                waits.append(int((refusal.headers or {})["Retry-After"]))
        assert all(0 < wait <= seconds for wait in waits)
        return 40 - len(waits)

    try:
        assert allowed(5, HOUR) == 5
        assert allowed(3, MINUTE) == 3
        mortal_server.kill()
        assert allowed(8, HOUR) == 8, "each of four has a fourth"
    finally:
        for each in workers:
            each.close()


def test_attempts_name_nobody_in_redis(server: Redis) -> None:
    for settings in (Settings(redis_url=server.url), Settings(redis_url=server.url, secret_key="key")):
        assert server.tell("DBSIZE") == ":0", "without a key, whoever reads it could guess"
        throttle = Throttle(settings, SYSTEM_CLOCK)
        asyncio.run(throttle.check("link to", "maren@nordlys.example", 5))
        throttle.close()
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(f"AUTH {PASSWORD}\r\nKEYS *\r\n".encode())
        answers = connection.makefile("r")
        lines = [answers.readline().rstrip() for _ in range(4)]
    (key,) = [line for line in lines if line.startswith("oneinvoice:")]
    assert re.fullmatch("oneinvoice:attempts:3600:[0-9a-f]{64}", key)


def test_settings_keep_the_url_to_themselves() -> None:
    assert "secret" not in repr(Settings(redis_url="redis://:secret@host"))


def test_a_clock_that_was_set_back_keeps_nobody_out(
    server: Redis, make: MakeLimiter, monkeypatch: pytest.MonkeyPatch
) -> None:
    limiter, now = make(server), time.time
    with monkeypatch.context() as ahead:
        ahead.setattr(time, "time", lambda: now() + 7200)
        assert [asyncio.run(limiter.hit("key", 2)).served for _ in range(3)] == [True, True, False]
    standing = asyncio.run(limiter.hit("key", 2))
    assert (standing.served, standing.remaining) == (True, 1)
    assert [asyncio.run(limiter.hit("key", 2)).served for _ in range(2)] == [True, False]
