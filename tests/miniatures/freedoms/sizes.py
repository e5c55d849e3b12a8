"""Organisations of other sizes: each is served correctly, but some are too small or too large to show everything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from oneinvoice_openapi.register import register

from tests.miniatures.data import OTHER, PRIMARY, Member, Record, new_member
from tests.miniatures.decorators import variant
from tests.miniatures.deployment import Deployment

ANY = tuple(requirement.id for requirement in register().of("deployment").requirements)


class _Resized(Deployment):
    """Has some of the members, those of the primary organisation up to a number."""

    members = 450

    def __init__(self) -> None:
        super().__init__()
        mine = [member for member in self.world.members if member.organisation == PRIMARY]
        gone: set[Record] = set(mine[self.members :])
        self._forget(lambda record: record in gone)

    def _forget(self, is_gone: Callable[[Record], bool]) -> None:
        self.world.members = [each for each in self.world.members if not is_gone(each)]
        self.world.quotes = [each for each in self.world.quotes if not is_gone(each)]
        self.world.invoices = [each for each in self.world.invoices if not is_gone(each)]


@variant(may_be_undecided=ANY, comparable=False)
class Empty(_Resized):
    """The organisation has no records at all."""

    def __init__(self) -> None:
        super().__init__()
        self._forget(lambda record: record.organisation == PRIMARY)


@variant(may_be_undecided=ANY)
class OtherEmpty(_Resized):
    """The other organisation has no records at all."""

    def __init__(self) -> None:
        super().__init__()
        self._forget(lambda record: record.organisation == OTHER)


@variant(may_be_undecided=ANY)
class OneMember(_Resized):
    """The organisation has one member."""

    members = 1


@variant(may_be_undecided=ANY)
class TwelveMembers(_Resized):
    """The organisation has 12 members."""

    members = 12


@variant(may_be_undecided=ANY)
class FiftyMembers(_Resized):
    """The organisation has 50 members, just the default page."""

    members = 50


@variant(may_be_undecided=ANY)
class FiftyOneMembers(_Resized):
    """The organisation has 51 members, one more than the default page."""

    members = 51


@variant(may_be_undecided=ANY)
class TwoHundredMembers(_Resized):
    """The organisation has 200 members, just the largest page."""

    members = 200


@variant(may_be_undecided=ANY)
class TwelveHundredMembers(_Resized):
    """The organisation has 1,200 members."""

    def __init__(self) -> None:
        super().__init__()
        statuses = ("active", "pending", "active", "inactive")
        numbers = range(1000, 1750)
        self.world.members += [new_member(number, PRIMARY, statuses[number % 4]) for number in numbers]


@variant(may_be_undecided=ANY)
class AllMembersActive(_Resized):
    """All members are active."""

    def __init__(self) -> None:
        super().__init__()
        self.world.members = [replace(member, status="active") for member in self.world.members]


@variant(may_be_undecided=ANY, comparable=False)
class NoDocuments(_Resized):
    """There are members, but no quotes or invoices."""

    def __init__(self) -> None:
        super().__init__()
        self._forget(lambda record: not isinstance(record, Member))


@variant(may_be_undecided=ANY)
class OnlyDrafts(_Resized):
    """All quotes and invoices are drafts."""

    def __init__(self) -> None:
        super().__init__()
        self._forget(_has_status("sent", "accepted", "rejected", "paid"))


@variant(may_be_undecided=ANY)
class NothingAnswered(_Resized):
    """No customer has answered or paid yet."""

    def __init__(self) -> None:
        super().__init__()
        self._forget(_has_status("accepted", "rejected", "paid"))


def _has_status(*statuses: str) -> Callable[[Record], bool]:
    return lambda record: record.status in statuses
