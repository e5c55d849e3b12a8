"""What something got between two refusals of an overloaded key, and what it takes to believe it."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_conformance.http.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Between:
    """What something got between refusals of the overloaded key: refusals too, or more than chance lets through.

    Refusals say nothing of something that is not `fresh`: it may have used up a limit of its own.
    """

    telling: tuple[Exchange, ...]
    refused: bool = False
    served: bool = False
    fresh: bool = True

    @property
    def known(self) -> bool:
        return self.served or (self.refused and self.fresh)


@dataclass(frozen=True, slots=True)
class Proof:
    """What it takes to believe that something was refused, or served, between refusals of the overloaded key.

    In so many `sandwiches` something has to be `served` so many times in all. `firm` says that the key itself may not
    be let in meanwhile, but once by chance: where several nodes count for themselves, or each second for itself, it is.
    """

    sandwiches: int
    served: int
    refusals: int
    firm: bool = False


OF_KEY = Proof(sandwiches=1, served=1, refusals=2)
OF_ENDPOINT = Proof(sandwiches=3, served=10, refusals=1, firm=True)
