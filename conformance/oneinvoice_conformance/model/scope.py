"""Scope of a run: the requirements that it judges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oneinvoice_openapi.register import CLIENT, Register, Requirement, Subject

from oneinvoice_conformance.errors import UsageError

_WEBHOOK = "webhook"  # a need
_WEBHOOKS = "HOOK"  # an area


@dataclass(frozen=True, slots=True)
class Scope:
    """Areas or ids that a run is narrowed to (`only`) or leaves out (`skip`); `strict` judges the contract too.

    `subject` is whose requirements they are.
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    strict: bool = False
    subject: Subject = "deployment"

    @classmethod
    def parse(cls, register: Register, only: str | None, skip: str | None, *, strict: bool = False) -> Scope:
        """Parse lists such as `MEM,QUO-2`. Raises `UsageError` for what is neither an area nor an id.

        In the register of clients the names may lack the area that all have in common: `PACE,HOOK-2`.
        """
        ids = [requirement.id for requirement in register.requirements]
        subject: Subject = next((requirement.subject for requirement in register.requirements), "deployment")
        narrowed, left_out = (_parse_names(text, register.areas, ids) for text in (only, skip))
        return cls(narrowed, left_out, strict, subject)

    def requirements(self, register: Register) -> list[Requirement]:
        """Return the rows in scope, in the register's order. Raises `UsageError` if there are none."""
        rows = [row for row in register.requirements if self._judges(row)]
        if not rows:
            raise UsageError("--only and --skip leave nothing to judge; name fewer areas to skip.")
        return rows

    def _judges(self, row: Requirement) -> bool:
        named = {row.id, row.area}
        if row.contract and not self.strict:
            return False
        if named & set(self.skip) or (self.only and not named & set(self.only)):
            return False
        # What deliveries show of another area is judged where webhooks are, or it is asked for by its id.
        is_elsewhere = _WEBHOOK in row.needs and row.area != _WEBHOOKS and not row.contract
        return not is_elsewhere or row.id in self.only or self._judges_webhooks

    @property
    def _judges_webhooks(self) -> bool:
        return _WEBHOOKS not in self.skip and (not self.only or any(name.startswith(_WEBHOOKS) for name in self.only))

    def __str__(self) -> str:
        """Return the scope in words, for the verdict's line."""
        parts = [f"only {', '.join(self.only)}"] if self.only else []
        parts += [f"without {', '.join(self.skip)}"] if self.skip else []
        parts += ["with the authored contract"] if self.strict else []
        return "; ".join(parts) or _WHOLE[self.subject]

    @property
    def is_whole(self) -> bool:
        """Tell whether the run was neither narrowed nor made stricter."""
        return self == Scope(subject=self.subject)


_WHOLE: dict[Subject, str] = {
    "deployment": "every requirement of the documentation",
    "client": "everything that the documentation asks of a client",
}


def _parse_names(text: str | None, areas: Iterable[str], ids: Iterable[str]) -> tuple[str, ...]:
    areas, ids = list(areas), list(ids)
    known = {spelling: name for name in (*areas, *ids) for spelling in (name, name.removeprefix(CLIENT))}
    names = [name.strip().upper() for name in (text or "").split(",") if name.strip()]
    for name in names:
        if name not in known:
            told = ", ".join(area.removeprefix(CLIENT) for area in areas)
            raise UsageError(f"'{name}' is no area or requirement; the areas are {told}.")
    return tuple(dict.fromkeys(known[name] for name in names))
