"""Read a form, and tell what is wrong with it, field by field."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from starlette.datastructures import UploadFile
from starlette.requests import Request

from oneinvoice_impl.domain.text_line import folded, unusable_character
from oneinvoice_impl.web.csrf import sent_form


class Form:
    """The texts of a form by field, and by field one sentence on what is wrong.

    The macros of `macros.html` show both; an empty one (`Form()`) is what a new page shows.
    """

    def __init__(self, values: Mapping[str, str | Collection[str]] | None = None) -> None:
        """`values` are what the fields hold at first."""
        self._values = {name: [value] if isinstance(value, str) else [*value] for name, value in (values or {}).items()}
        self.files: dict[str, UploadFile] = {}
        self.errors: dict[str, str] = {}

    @classmethod
    def from_request(cls, request: Request) -> Form:
        """Return the form that a POST carries."""
        form = cls()
        for name, value in sent_form(request).multi_items():
            if isinstance(value, str):
                form._values.setdefault(name, []).append(value)
            elif value.filename:
                form.files[name] = value
        return form

    def __getitem__(self, name: str) -> str:
        """Return the text of a field; empty if it has none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """Return all values of a field, such as the boxes that were ticked."""
        return self._values.get(name, [])

    def text(self, name: str, sentence: str, *, longest: int = 200, needed: bool = True) -> str:
        """Return the text of a field, as one line of it is kept, or note `sentence` as its error."""
        text = folded(self[name])
        if needed and not text:
            self.errors[name] = sentence
        elif len(text) > longest:
            self.errors[name] = f"Use at most {longest:,} characters."
        elif unusable := unusable_character(text):
            self.errors[name] = f"Leave out the {unusable}."
        return text

    def lines(self, name: str, *, longest: int) -> str:
        """Return the text of a field that has several lines or none, or note what is wrong with it."""
        lines = [line.rstrip() for line in self[name].replace("\r\n", "\n").split("\n")]
        text = "\n".join(lines).strip("\n")
        if len(text) > longest:
            self.errors[name] = f"Use at most {longest:,} characters."
        for number, line in enumerate(lines, 1):
            if unusable := unusable_character(line):
                self.errors[name] = f"In line {number}, leave out the {unusable}."
        return text

    def choice(self, name: str, choices: Collection[str], sentence: str) -> str:
        """Return one of `choices`; `sentence` is its error if it is none of them."""
        value = self[name]
        if value not in choices:
            self.errors[name] = sentence
        return value
