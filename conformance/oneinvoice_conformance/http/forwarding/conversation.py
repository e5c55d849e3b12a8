"""Conversation of one client with the deployment: each request passed on, and each answer passed back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import IncompleteRead

from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.http.forwarding.messages import AnswerHead, Framing, Incoming, NotHTTP, RequestHead
from oneinvoice_conformance.http.forwarding.observed import Observed
from oneinvoice_conformance.http.forwarding.refusals import refusal_of, sentence_on_body, sentence_on_stray
from oneinvoice_conformance.http.forwarding.upstream import BROKEN, Connection, NoAnswer, Upstream

# Seconds for the answer to a client that has ended its own side, as some do behind a request, and for one that still
# sends when it was answered.
_LINGER = 1.0
_REPEATABLE = (b"GET", b"HEAD", b"OPTIONS")
_LEFT = Failure(FailureKind.BROKEN, "the client left before its answer had ended")
_ENDED = Failure(FailureKind.BROKEN, "the proxy was ended before the answer had")


class ClientGone(Exception):
    """Raised where the client has left before its answer had ended."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Watcher of what passes: `begin` gives what an exchange is noted in, and `keep` takes it once it has ended.

    It may wait until there is room. A sentence that it takes is on what was not forwarded.
    """

    begin: Callable[[str, str], Observed]
    keep: Callable[[Observed | str], Awaitable[None]]


class Conversation:
    """Connection of one client, and the one to the deployment on which its requests go, one after the other."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, upstream: Upstream, watcher: Watcher
    ) -> None:
        self._client, self._writer = Incoming(reader), writer
        self._upstream, self._watcher = upstream, watcher
        self._connection: Connection | None = None
        self._request_sent = False

    async def run(self) -> None:
        """Pass requests on until either side has had enough."""
        try:
            while await self._next():
                pass
            await self._let_finish()
        except ConnectionError:
            pass  # the client's
        finally:
            self._hang_up()
            self._writer.close()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.writer.transport.abort()
            self._connection = None

    async def _let_finish(self) -> None:
        """Read what the client still sends, or the answer might be lost with the connection (RFC 9112, 9.6)."""
        with suppress(OSError):  # it has left, or takes too long
            async with asyncio.timeout(_LINGER):
                await self._writer.drain()
                self._writer.write_eof()
                while await self._client.fill():
                    self._client.forget()

    async def _next(self) -> bool:
        """Pass the next request on; return whether another may come on the same connection."""
        try:
            head = await self._client.request()
            if head is None:
                return False
            framing, length = head.framing, head.length
        except NotHTTP as problem:
            sentence = sentence_on_stray(problem)
            await self._watcher.keep(sentence)
            await self._say(HTTPStatus.BAD_REQUEST, sentence)
            return False
        if refusal := refusal_of(head):
            await self._watcher.keep(f"{_text(head.method)} {_text(head.target)} was not forwarded: {refusal[1]}")
            await self._say(*refusal)
            return False
        observed = self._watcher.begin(_text(head.method), _text(head.target))
        observed.request_headers = tuple(each.pair for each in head.headers)
        try:
            return await self._passed(head, framing, length, observed)
        except NoAnswer as problem:
            observed.end(problem.failure)
            await self._say_failure(head, observed, problem.failure)
            return False
        except NotHTTP as problem:
            failure = Failure(FailureKind.BROKEN, f"the request's body can't be forwarded: {problem}")
            observed.end(failure, is_of_deployment=False)
            await self._say_in_its_place(HTTPStatus.BAD_REQUEST, sentence_on_body(problem), head, observed)
            return False
        except (ClientGone, ConnectionError):
            observed.end(_LEFT, is_of_deployment=False)
            return False
        except asyncio.CancelledError:
            observed.end(_ENDED, is_of_deployment=False)
            raise
        finally:
            await self._watcher.keep(observed)

    async def _passed(self, head: RequestHead, framing: Framing, length: int | None, observed: Observed) -> bool:
        """Pass a request and its answer on; return whether the client may go on.

        Raises `NoAnswer`, `ClientGone`, or `NotHTTP` for the request's body.
        """
        while True:
            connection = await self._connected()
            self._request_sent = False
            up = asyncio.create_task(self._pass_request(connection, head, framing, length, observed))
            down = asyncio.create_task(self._pass_answer(connection, head, observed))
            try:
                await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
                if not down.done():
                    up.result()
                    raise ClientGone
                may_stay, may_go_on = down.result()
                break
            except NoAnswer:
                # The deployment may have ended a connection that was kept, just as the request was sent on it.
                is_repeatable = head.method in _REPEATABLE and framing is Framing.NOTHING
                if not (connection.is_used and is_repeatable) or observed.status:
                    raise
                self._hang_up()
            finally:
                await _cancelled(up, down)
        connection.is_used = True
        if not (may_stay and self._request_sent):
            self._hang_up()
        return may_go_on and self._request_sent

    async def _connected(self) -> Connection:
        kept = self._connection
        if kept is None or kept.incoming.has_ended or kept.incoming.has_more:
            self._hang_up()
            self._connection = kept = await self._upstream.connect()
        return kept

    async def _pass_request(
        self, connection: Connection, head: RequestHead, framing: Framing, length: int | None, observed: Observed
    ) -> None:
        """Pass a request on, and then watch the client; return once that has left. Raises `NoAnswer` or `NotHTTP`."""
        try:
            if await self._send(connection, self._request_head(head)):
                async with aclosing(self._client.body(framing, length)) as body:
                    async for piece in body:
                        observed.request_body.add(piece.content)
                        if not await self._send(connection, piece.raw):
                            break
                    else:
                        self._request_sent = True
            if self._request_sent and not self._client.has_more and not await self._client.fill():
                await asyncio.sleep(_LINGER)
                return
        except (ConnectionError, IncompleteRead):
            return
        await asyncio.Future()  # the answer tells how it ends

    async def _send(self, connection: Connection, data: bytes) -> bool:
        """Send bytes to the deployment; return whether it still takes them. Raises `NoAnswer`."""
        try:
            async with asyncio.timeout(self._upstream.timeout):
                connection.writer.write(data)
                await connection.writer.drain()
        except TimeoutError as problem:
            raise self._upstream.broken(problem) from None
        except OSError:
            return False
        return True

    def _request_head(self, head: RequestHead) -> bytes:
        """Return the head for the deployment, which differs by its Host and what is of one connection alone."""
        host = b"Host: %b\r\n" % self._upstream.authority
        lines = [host if line[:5].lower() == b"host:" else line for line in head.forwarded()]
        if host not in lines:
            lines.insert(0, host)
        line = b"%b %b%b HTTP/1.1\r\n" % (head.method, self._upstream.prefix, head.target)
        return b"".join([line, *lines, self._upstream.headers, head.end])

    async def _pass_answer(self, connection: Connection, head: RequestHead, observed: Observed) -> tuple[bool, bool]:
        """Pass an answer back; return whether that leaves the connections to the deployment and the client as they are.

        Raises `NoAnswer` or `ClientGone`.
        """
        try:
            answer = await self._answer(connection, head)
            framing, length = answer.framing(head.method), answer.length
        except BROKEN as problem:
            raise self._upstream.broken(problem) from problem
        observed.status, observed.reason = answer.status, _text(answer.reason)
        observed.headers = tuple(each.pair for each in answer.headers)
        is_last = head.is_last or framing is Framing.CLOSE
        unchunked = framing is Framing.CHUNKED and head.minor == 0
        await self._give(_answer_head(answer, framing, unchunked=unchunked, is_last=is_last))
        async with aclosing(connection.incoming.body(framing, length)) as body:
            while True:
                try:
                    async with asyncio.timeout(self._upstream.timeout):
                        piece = await anext(body, None)
                except BROKEN as problem:
                    raise self._upstream.broken(problem) from problem
                if piece is None:
                    break
                observed.body.add(piece.content)
                await self._give(piece.content if unchunked else piece.raw)
        observed.end()  # here, since the client has it all now, and may have the proxy ended at once
        return not answer.is_last and framing is not Framing.CLOSE, not is_last

    async def _answer(self, connection: Connection, head: RequestHead) -> AnswerHead:
        """Return the head of the final answer, and pass interim ones on. The time-out begins behind the request."""
        while True:
            was_sent = self._request_sent
            try:
                async with asyncio.timeout(self._upstream.timeout) as limit:
                    answer = await connection.incoming.answer()
            except TimeoutError:
                if was_sent or not limit.expired():
                    raise
                continue
            if answer.status == HTTPStatus.SWITCHING_PROTOCOLS:
                raise NotHTTP("it switches to another protocol, which nobody asked for")
            if not answer.is_interim:
                return answer
            if head.minor:  # HTTP/1.0 has none
                await self._give(b"".join([b"HTTP/1.1", answer.line[8:], *answer.forwarded(), answer.end]))

    async def _give(self, data: bytes) -> None:
        """Send bytes to the client. Raises `ClientGone`."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except ConnectionError:
            raise ClientGone from None

    async def _say_failure(self, head: RequestHead, observed: Observed, failure: Failure) -> None:
        """Tell the client in a sentence why there is no answer of the deployment."""
        is_late = failure.kind is FailureKind.TIMEOUT
        status = HTTPStatus.GATEWAY_TIMEOUT if is_late else HTTPStatus.BAD_GATEWAY
        remedy = f"; {failure.remedy}" if failure.remedy else ""
        sentence = f"{self._upstream.origin} gave no answer: {failure}{remedy}."
        await self._say_in_its_place(status, sentence, head, observed)

    async def _say_in_its_place(self, status: HTTPStatus, sentence: str, head: RequestHead, observed: Observed) -> None:
        """Answer a request in the deployment's place; an answer of that which has begun is cut."""
        if observed.status:
            self._writer.transport.abort()
        else:
            await self._say(status, sentence, has_body=head.method != b"HEAD")

    async def _say(self, status: HTTPStatus, sentence: str, *, has_body: bool = True) -> None:
        """Answer in the deployment's place, as the last thing on the connection."""
        body = f"oneinvoice-conform proxy: {sentence}\n".encode()
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        head += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        with suppress(ClientGone):
            await self._give(head.encode() + (body if has_body else b""))


def _answer_head(answer: AnswerHead, framing: Framing, *, unchunked: bool, is_last: bool) -> bytes:
    without = {b"transfer-encoding"} if unchunked else set()
    if framing is Framing.CHUNKED:
        without.add(b"content-length")  # which says something else (RFC 9112, 6.3)
    closing = [b"Connection: close\r\n"] if is_last else []
    return b"".join([b"HTTP/1.1", answer.line[8:], *answer.forwarded(without), *closing, answer.end])


async def _cancelled(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
