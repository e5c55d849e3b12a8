"""Data that changes while somebody reads it, and a server that stumbles now and then.

Where data never rests, what compares several answers may stay open; it never fails.
"""

from __future__ import annotations

from dataclasses import replace

from werkzeug.wrappers import Request, Response

from tests.miniatures.data import OTHER, PRIMARY, Signature, new_member
from tests.miniatures.decorators import variant
from tests.miniatures.deployment import RESOURCES, Deployment


class Changing(Deployment):
    """Changes something before it answers a request for a list."""

    def list_records(self, request: Request, resource: str) -> Response:
        calls = sum(1 for call in self.log if call.target.removeprefix(self.prefix) != "/api/v1")
        self.change(calls)
        return super().list_records(request, resource)

    def change(self, calls: int) -> None:
        """Change something, given the number of requests for lists so far, this one included."""
        raise NotImplementedError

    def add_member(self, status: str = "active") -> None:
        number = self.world.members[-1].id + 1
        organisation = OTHER if number % 5 == 0 else PRIMARY
        self.world.members.append(new_member(number, organisation, status))


@variant()
class GrowsThenQuiet(Changing):
    """A member joins at every third request of the first forty."""

    def change(self, calls: int) -> None:
        if calls <= 40 and calls % 3 == 0:
            self.add_member(("active", "pending", "inactive")[calls // 3 % 3])


@variant(may_be_undecided=("MEM-5", "MEM-6", "MEM-7", "MEM-8"))
class GrowsForEver(Changing):
    """A member joins at every request."""

    def change(self, calls: int) -> None:
        self.add_member()


@variant()
class MemberLeaves(Changing):
    """A member is deleted at the tenth, twentieth and thirtieth request."""

    def change(self, calls: int) -> None:
        if calls in (10, 20, 30):
            del self.world.members[calls * 3]


@variant(may_be_undecided=("MEM-7", "MEM-8"))
class StatusFlips(Changing):
    """A member becomes active or inactive at every seventh request."""

    def change(self, calls: int) -> None:
        if calls % 7 == 0:
            member = self.world.members[calls % 90]
            status = "inactive" if member.status == "active" else "active"
            self.world.members[calls % 90] = replace(member, status=status)


@variant()
class StatusFlipsTwice(Changing):
    """Two members change their status while the first thirty requests are answered."""

    def change(self, calls: int) -> None:
        if calls in (12, 25):
            self.world.members[calls] = replace(self.world.members[calls], status="pending")


@variant()
class QuoteGetsAccepted(Changing):
    """Customers accept a quote at the ninth and at the twenty-third request."""

    def change(self, calls: int) -> None:
        if calls in (9, 23):
            index, quote = next((i, q) for i, q in enumerate(self.world.quotes) if q.status == "sent")
            signature = Signature("Åse Lund", "192.0.2.77", quote.created)
            self.world.quotes[index] = replace(quote, status="accepted", signature=signature)


@variant()
class InvoiceGetsPaid(Changing):
    """An invoice is paid at every tenth request."""

    def change(self, calls: int) -> None:
        if calls % 10 == 0:
            sent = [(i, each) for i, each in enumerate(self.world.invoices) if each.status == "sent"]
            for index, invoice in sent[:1]:
                self.world.invoices[index] = replace(invoice, status="paid", payment="paid")


class Stumbling(Deployment):
    """Does `stumble` instead of some answers about records, never twice in a row."""

    def list_records(self, request: Request, resource: str) -> Response:
        if self.stumbles_at(sum(1 for call in self.log if call.target.split("?")[0].endswith(RESOURCES))):
            return self.stumble()
        return super().list_records(request, resource)

    def stumbles_at(self, calls: int) -> bool:
        return calls % 40 == 15

    def stumble(self) -> Response:
        return self.error(500, "The database is away; please try again.")


@variant()
class DatabaseErrorOnce(Stumbling):
    """The tenth request for a list gets 500, a database error."""

    def stumbles_at(self, calls: int) -> bool:
        return calls == 10


@variant()
class DatabaseErrorAtFirst(Stumbling):
    """The very first request for a list gets 500, a database error."""

    def stumbles_at(self, calls: int) -> bool:
        return calls == 1


@variant()
class DatabaseErrorNowAndThen(Stumbling):
    """Every fortieth request for a list gets 500, a database error."""


@variant()
class ConnectionDroppedNowAndThen(Stumbling):
    """Every fortieth request for a list loses its connection before the answer."""

    def stumble(self) -> Response:
        raise ConnectionResetError("dropped on purpose")


@variant()
class ConnectionDroppedOnce(ConnectionDroppedNowAndThen):
    """The seventh request for a list loses its connection before the answer."""

    def stumbles_at(self, calls: int) -> bool:
        return calls == 7
