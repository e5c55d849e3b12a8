"""Turn the rows of a table into members: find out which column is what, and tell what is wrong where."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oneinvoice_impl.domain.email import kept_address
from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.domain.member import Member, problems
from oneinvoice_impl.domain.text_line import folded
from oneinvoice_impl.web.members.csv_file import CsvFile

MOST_SHOWN = 50

# How columns are called in English, the Nordic languages, German, Dutch, French and Spanish, without accents.
_NAMES = {
    "first_name": "firstname givenname forename fornavn fornamn etunimi vorname voornaam prenom nombre",
    "last_name": "lastname surname familyname etternavn efternavn efternamn sukunimi nachname familienname achternaam "
    "nom apellido apellidos",
    "email": "email emailaddress mail epost epostadresse epostadress eposti sahkoposti sahkopostiosoite netfang "
    "emailadresse mailadresse emailadres courriel correo correoelectronico",
    "status": "status state medlemsstatus tila zustand estado etat",
}
# And how the statuses are.
_STATUS_NAMES = {
    "active": "active aktiv aktivt aktiva aktiivinen actief actif activo activa",
    "inactive": "inactive inaktiv inaktivt inaktiva ikkeaktiv passiv epaaktiivinen passiivinen nichtaktiv inactief "
    "nietactief inactif inactivo inactiva",
    "pending": "pending venter ventende avventer afventer vantar vantande odottaa odottava ausstehend wartend wachtend "
    "inbehandeling enattente pendiente",
}
_STATUSES = {name: status for status, names in _STATUS_NAMES.items() for name in names.split()}
_FIELDS = {name: field for field, names in _NAMES.items() for name in names.split()}
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class RowError:
    """A fault on a line of the file; `column` is empty where it is the row as a whole."""

    line: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of the fields of a member: positions from 0 on, by field.

    `default_status` is for rows without a status, which are all rows if `status` is in no column.
    """

    positions: Mapping[str, int]
    default_status: str


def guess_columns(columns: Sequence[str]) -> dict[str, int]:
    """Return the position of each field whose column has a name that is known; the first of several."""
    positions: dict[str, int] = {}
    for position, name in enumerate(columns):
        field = _FIELDS.get(_plain(name))
        if field is not None:
            positions.setdefault(field, position)
    return positions


class MemberRows:
    """The rows of a file as members, checked by themselves; `refuse` tells of what only the database knows."""

    def __init__(self, file: CsvFile, columns: Columns, organisation_id: str, at: datetime) -> None:
        self._file = file
        self._columns = columns
        self._lines: dict[str, int] = {}
        self.members: list[Member] = []
        self.errors: list[RowError] = []
        for number, (line, cells) in enumerate(file.rows):
            # A list is in the order of creation: so it is in that of the file.
            self._add(line, cells, organisation_id, at + timedelta(microseconds=number))

    @property
    def addresses(self) -> Collection[str]:
        """The e-mail addresses in lower case."""
        return self._lines.keys()

    def refuse(self, addresses: Collection[str], sentence: str) -> list[RowError]:
        """Return all errors by line, with those of the rows that have these addresses."""
        name = self._name("email")
        refused = [RowError(self._lines[each], name, sentence) for each in addresses]
        return sorted(self.errors + refused, key=lambda error: error.line)

    def _add(self, line: int, cells: Sequence[str], organisation_id: str, at: datetime) -> None:
        values = self._values(cells)
        errors = [*self._problems(line, cells, values)]
        if errors:
            self.errors += errors
            return
        self.members.append(Member(id=new_id("mem"), organisation_id=organisation_id, created_at=at, **values))

    def _values(self, cells: Sequence[str]) -> dict[str, str]:
        positions = self._columns.positions
        values = {name: folded(cells[at]) if at < len(cells) else "" for name, at in positions.items()}
        values["email"] = kept_address(values["email"])
        status = values.get("status", "")
        values["status"] = _STATUSES.get(_plain(status), status.lower()) or self._columns.default_status
        return values

    def _problems(self, line: int, cells: Sequence[str], values: Mapping[str, str]) -> Iterator[RowError]:
        named = len(self._file.columns)
        if any(cell.strip() for cell in cells[named:]):
            yield RowError(line, "", f"The row has {len(cells)} fields, but the first line names {named} columns.")
            return
        sentences = problems(**values)
        for name, sentence in sentences.items():
            yield RowError(line, self._name(name), sentence)
        if "email" not in sentences:
            before = self._lines.setdefault(values["email"].lower(), line)
            if before != line:
                yield RowError(line, self._name("email"), f"The same address is on line {before}.")

    def _name(self, field: str) -> str:
        return self._file.columns[self._columns.positions[field]] if field in self._columns.positions else ""


def _plain(name: str) -> str:
    """Return a name of a column without accents, spaces and signs, in lower case."""
    letters = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    return re.sub("[^a-z]", "", letters)
