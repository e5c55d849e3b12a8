"""What a defect is."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_impl.server.components import Components


@dataclass(frozen=True, slots=True)
class Defect:
    """One way to break one requirement: its name, the requirement's id, what it does, and the part that does it."""

    name: str
    requirement: str
    sentence: str
    components: Components
