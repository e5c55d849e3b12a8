"""Settings of the service: the variables that it asks for, with the words of the class that reads them."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, fields

from oneinvoice_impl.settings import Settings

from docs.generator.markdown import code, escape, page, table

_PREFIX = "ONEINVOICE_"


@dataclass(frozen=True)
class Setting:
    """Field of `Settings` that a variable sets."""

    variable: str
    description: str
    default: str


class _Asked(dict[str, str]):
    """Empty environment that keeps the names that it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.names.append(key)
        return default


def variables() -> list[str]:
    """Return the variables that the service reads, in their order."""
    environment = _Asked()
    Settings.from_environment(environment)
    return list(dict.fromkeys(environment.names))


def settings() -> Iterator[Setting]:
    """Yield what each variable sets. Raises `ValueError` for one whose field says nothing of itself."""
    described = _descriptions()
    defaults = {field.name: field.default for field in fields(Settings)}
    for variable in variables():
        name = variable.removeprefix(_PREFIX).lower()
        if name not in described:
            raise ValueError(f"{variable} needs a field {name} in Settings, with a sentence below it")
        default = defaults[name]
        yield Setting(variable, described[name], str(default) if isinstance(default, (str, int)) else "")


def _descriptions() -> dict[str, str]:
    """Return the sentence below each field, which Python itself does not keep."""
    [body] = ast.parse(inspect.getsource(Settings)).body
    assert isinstance(body, ast.ClassDef)
    described = {}
    for statement, following in zip(body.body, body.body[1:], strict=False):
        if isinstance(statement, ast.AnnAssign) and isinstance(following, ast.Expr):
            assert isinstance(statement.target, ast.Name)
            assert isinstance(following.value, ast.Constant)
            described[statement.target.id] = str(following.value.value)
    return described


def settings_page() -> str:
    """Return the page of the settings."""
    rows = [(code(each.variable), escape(each.description), code(each.default)) for each in settings()]
    return page(
        "Settings of the service",
        "The service reads these environment variables when it starts. One that is empty counts as not set. One that "
        "can't be used stops it, with a sentence that says why.",
        table(("variable", "what it is", "default"), rows),
        "[Run it as a service](../operations.md) shows them at work. A mock reads them too, but for "
        f"{code('ONEINVOICE_DATABASE_URL')}: it has `--database`, and [options of its own](oneinvoice-mock.md).",
    )
