"""The correct deployment: a chain of small steps, so that a freedom or a fault overrides one of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.wrappers import Request, Response

from tests.miniatures.data import Invoice, Key, Member, Quote, Record, keys, new_world
from tests.miniatures.events import EVENTS, EventOccurrence
from tests.miniatures.hooks import Hooks
from tests.miniatures.limits import Limiter, Unlimited

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

API = "/api/v1"
TRIGGER = "/_trigger/"
CLOCK = "/_clock"
RESOURCES = ("members", "quotes", "invoices")


class Call(NamedTuple):
    """One request as it came in; `key` is the name of the key, "unknown", or "none"."""

    method: str
    target: str
    key: str


@dataclass(frozen=True)
class ListQuery:
    """Query of an authenticated request for a list; a list that doesn't page has no limit."""

    resource: str
    organisation: str
    limit: int | None = None
    offset: int = 0
    status: str | None = None


class Abort(Exception):
    """End of the chain of steps, with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Deployment(Hooks):
    """The API as documented, where it leaves something open as its authors liked it, as a WSGI application.

    `log` holds what came in, oldest first. POST /_trigger/EVENT makes an event happen; it is no part of the API. Nor is
    POST /_clock?advance=SECONDS, which moves on the clock that the rate limiter looks at, where `clock_is_open`.
    """

    prefix = ""
    protocol = "HTTP/1.1"
    methods: tuple[str, ...] = ("GET", "HEAD")
    paged: tuple[str, ...] = ("members",)
    default_limit = 50
    max_limit = 200
    content_type = "application/json"
    clock_is_open = False
    # Seconds that each answer takes, one after the other.
    pause = 0.0
    # Whether an answer is sent piece by piece as it comes, and not in one.
    streams = False

    def __init__(self) -> None:
        super().__init__()
        self.world = new_world()
        self.keys = keys()
        self.log: list[Call] = []
        self.limiter = self.new_limiter()
        self.clock: Callable[[], float] = time.monotonic
        self.wait: Callable[[float], object] = time.sleep
        self._began: float | None = None
        self._skipped = 0.0

    # From the request to the answer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        with self._lock:
            if self.pause:
                self.wait(self.pause)
            response = self.control(request) or self.api(request)
        return response(environ, start_response)

    def control(self, request: Request) -> Response | None:
        """Return the answer to a request that isn't for the API, or nothing."""
        path = request.path.removeprefix(self.prefix)
        if path == CLOCK and self.clock_is_open:
            return self.set_clock(request)
        if not path.startswith(TRIGGER):
            return None
        event = path.removeprefix(TRIGGER)
        if request.method != "POST" or event not in EVENTS:
            return Response(f"POST to {TRIGGER}EVENT, one of {', '.join(EVENTS)}.\n", 404)
        self.trigger(event)
        return Response(f"{event} has happened.\n")

    def set_clock(self, request: Request) -> Response:
        seconds = request.args.get("advance", "")
        if request.method != "POST" or not seconds.isascii() or not seconds.isdecimal():
            return Response(f"POST to {CLOCK}?advance=SECONDS, a whole number.\n", 400)
        self.advance(float(seconds))
        return Response(f"It is {seconds} s later.\n")

    def api(self, request: Request) -> Response:
        self.note(request)
        return self.finish(request, self.answer(request))

    def interim(self, path: str) -> Iterable[int]:
        """Return the statuses of interim answers (RFC 9110, 15.2) that are sent before the final one."""
        return ()

    def note(self, request: Request) -> None:
        target = request.full_path.rstrip("?")
        self.log.append(Call(request.method, target, self.name_of_key(request)))

    def name_of_key(self, request: Request) -> str:
        header = request.headers.get("Authorization", "")
        named = [key.name for key in self.keys.values() if header.endswith(key.value)]
        return named[0] if named else "unknown" if header else "none"

    def answer(self, request: Request) -> Response:
        try:
            return self.route(request)
        except Abort as abort:
            return abort.response

    def finish(self, request: Request, response: Response) -> Response:
        return response

    def route(self, request: Request) -> Response:
        path = request.path.rstrip("/")
        if not path.startswith(self.prefix + API):
            return self.error(404, "There is nothing here; the API is under /api/v1.")
        if request.method not in self.methods:
            return self.error(405, "The API is read with GET.", Allow=", ".join(self.methods))
        name = path.removeprefix(self.prefix + API).removeprefix("/")
        if not name:
            return self.discover(request)
        if name not in RESOURCES:
            return self.error(404, "There is no such endpoint; GET /api/v1 lists them.")
        return self.list_records(request, name)

    def discover(self, request: Request) -> Response:
        return self.render(self.discovery(request.host_url.rstrip("/") + self.prefix))

    def discovery(self, origin: str) -> Any:
        return {"endpoints": [{"name": name, "url": f"{API}/{name}"} for name in RESOURCES]}

    def list_records(self, request: Request, resource: str) -> Response:
        organisation = self.authenticate(request, resource)
        if self.counts(request):
            self.throttle(self.name_of_key(request), resource)
        query = self.parse(request, resource, organisation)
        records = self.select(query)
        page = self.page(records, query)
        items = [self.represent(record, query) for record in page]
        return self.render(self.envelope(items, len(records), query))

    # Who asks

    def authenticate(self, request: Request, resource: str) -> str:
        """Return the organisation that may be read."""
        header = request.headers.get("Authorization", "")
        if not header:
            raise Abort(self.refuse("missing", resource))
        token = self.token(header, resource)
        if token is None:
            raise Abort(self.refuse("scheme", resource))
        key = self.find_key(token, resource)
        if key is None:
            raise Abort(self.refuse("unknown", resource))
        if not self.is_live(key, resource):
            raise Abort(self.refuse("revoked", resource))
        return key.organisation

    def token(self, header: str, resource: str) -> str | None:
        scheme, _, token = header.partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None

    def find_key(self, token: str, resource: str) -> Key | None:
        return next((key for key in self.keys.values() if key.value == token), None)

    def is_live(self, key: Key, resource: str) -> bool:
        return not key.revoked

    def refuse(self, reason: str, resource: str) -> Response:
        """Return the answer for want of a good key; the reason is missing, scheme, unknown or revoked."""
        return self.error(401, "Send a key that is in use, as Authorization: Bearer 1iv_...")

    # How often

    def new_limiter(self) -> Limiter:
        return Unlimited()

    def now(self) -> float:
        """Return the seconds since it was first asked, so that windows turn at the same points of every run."""
        if self._began is None:
            self._began = self.clock()
        return self.clock() - self._began + self._skipped

    def advance(self, seconds: float) -> None:
        """Make it so many seconds later for the limiter."""
        self._skipped += seconds

    def counts(self, request: Request) -> bool:
        """Tell whether the request counts on the key's limit."""
        return True

    def throttle(self, key: str, resource: str) -> None:
        if not self.limiter.admit(key, resource, self.now()):
            raise Abort(self.overloaded(resource))

    def overloaded(self, resource: str) -> Response:
        """Return the answer to a request that is one too many."""
        return self.error(429, "That was too much for this minute.")

    # What is asked for

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = request.args
        status = self.parse_status(query.get("status"), resource)
        if resource not in self.paged:
            return ListQuery(resource, organisation, status=status)
        limit = self.parse_limit(query.get("limit"))
        return ListQuery(resource, organisation, limit, self.parse_offset(query.get("offset")), status)

    def parse_status(self, text: str | None, resource: str) -> str | None:
        return text

    def parse_limit(self, text: str | None) -> int:
        if text is None:
            return self.default_limit
        limit = self.number(text)
        if limit < 1:
            return self.too_small(limit)
        return self.too_large(limit) if limit > self.max_limit else limit

    def parse_offset(self, text: str | None) -> int:
        offset = 0 if text is None else self.number(text)
        return offset if offset >= 0 else self.negative(offset)

    def number(self, text: str) -> int:
        if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 1000:
            raise Abort(self.error(400, "limit and offset are whole numbers."))
        return int(text)

    def too_small(self, limit: int) -> int:
        raise Abort(self.error(400, "limit is 1 or more."))

    def too_large(self, limit: int) -> int:
        return self.max_limit

    def negative(self, offset: int) -> int:
        raise Abort(self.error(400, "offset is 0 or more."))

    # Which records

    def select(self, query: ListQuery) -> list[Record]:
        records = self.scope(self.world.table(query.resource), query)
        return self.order(self.filter(records, query), query)

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return [record for record in records if record.organisation == query.organisation]

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.status is None:
            return records
        return [record for record in records if self.matches(record, query.status)]

    def matches(self, record: Record, status: str) -> bool:
        return record.status == status

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        return sorted(records, key=attrgetter("created", "id"))

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        return records if query.limit is None else records[query.offset :][: query.limit]

    # How they look

    def represent(self, record: Record, query: ListQuery) -> Any:
        if isinstance(record, Member):
            return self.member(record)
        if isinstance(record, Quote):
            return self.quote(record)
        assert isinstance(record, Invoice)
        return self.invoice(record)

    def as_resource(self, occurrence: EventOccurrence) -> Any:
        document = occurrence.document
        return self.represent(document, ListQuery(f"{occurrence.kind}s", document.organisation))

    def member(self, member: Member) -> dict[str, Any]:
        return {
            "id": member.id,
            "name": member.name,
            "email": member.email,
            "status": member.status,
            "joined": member.created,
        }

    def quote(self, quote: Quote) -> dict[str, Any]:
        return {
            "id": quote.id,
            "number": quote.number,
            "status": quote.status,
            "customer": quote.customer,
            "total": float(quote.total),
            "currency": quote.currency,
            "public_token": quote.public_token,
            "signature": self.signature(quote),
            "created": quote.created,
        }

    def signature(self, quote: Quote) -> Any:
        if quote.signature is None:
            return None
        signature = quote.signature
        return {"by": signature.name, "from_ip": signature.ip, "at": signature.at}

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return {
            "id": invoice.id,
            "number": invoice.number,
            "status": invoice.status,
            "payment_state": invoice.payment,
            "customer": invoice.customer,
            "total": float(invoice.total),
            "currency": invoice.currency,
            "due_on": self.due(invoice),
            "created": invoice.created,
        }

    def due(self, invoice: Invoice) -> Any:
        return invoice.due.isoformat()

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return {"count": total, "items": items}

    def render(self, body: Any, status: int = 200) -> Response:
        return Response(self.dumps(body), status, content_type=self.content_type)

    def dumps(self, body: Any) -> str:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"))

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        return Response(f"{sentence}\n", status, headers, content_type="text/plain; charset=utf-8")
