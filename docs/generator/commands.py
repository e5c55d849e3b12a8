"""Commands of a program: each option with its value, default, environment variable and key in conformance.toml."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

import click

from docs.generator.markdown import code, escape, page, table

CONFIG = "conformance.toml"
_MODULES = {
    "oneinvoice-conform": "oneinvoice_conformance.cli.main",
    "oneinvoice-mock": "oneinvoice_impl.mock.cli.main",
    "oneinvoice-service": "oneinvoice_impl.service.cli.main",
    "oneinvoice-spec": "oneinvoice_openapi.cli",
}
_HEAD = ("option", "value", "default", "variable", f"key in `{CONFIG}`", "what it does")
_WHEN_GIVEN = "A variable that is set counts where the option is not given."
_IN_FILE = f"What neither an option nor a variable gives, {code(CONFIG)} may."
# A help text names these where nothing else shows them; here they have columns of their own.
_DEFAULT = re.compile(r"\s*\[default: (?P<default>[^]]+)\]$")
_VARIABLE = re.compile(r"\s*\$ONEINVOICE_\w+$")


@dataclass(frozen=True)
class Command:
    """Command as it is typed, such as `oneinvoice-mock webhooks add`."""

    words: tuple[str, ...]
    definition: click.Command
    context: click.Context

    @property
    def name(self) -> str:
        return " ".join(self.words)

    @property
    def options(self) -> list[click.Option]:
        """Return what it takes, but for --help."""
        return [option for option in self.definition.params if isinstance(option, click.Option) and not option.hidden]

    @property
    def has_config(self) -> bool:
        """Tell whether a file can give its options."""
        return any("--config" in option.opts for option in self.options)


def program(name: str) -> click.Group:
    """Return the outermost group of commands of a program."""
    groups = [value for value in vars(import_module(_MODULES[name])).values() if isinstance(value, click.Group)]
    [outermost] = [group for group in groups if not any(group in other.commands.values() for other in groups)]
    return outermost


def commands(name: str) -> Iterator[Command]:
    """Yield a program and each of its commands, in the order in which they are defined."""
    yield from _with_commands((name,), program(name), None)


def _with_commands(words: tuple[str, ...], command: click.Command, parent: click.Context | None) -> Iterator[Command]:
    context = click.Context(command, info_name=words[-1], parent=parent, **command.context_settings)
    yield Command(words, command, context)
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _with_commands((*words, name), each, context)


def variable(parameter: click.Parameter, context: click.Context) -> str:
    """Return the environment variable that gives it, or nothing."""
    if isinstance(parameter.envvar, str):
        return parameter.envvar
    if not isinstance(parameter, click.Option) or not (context.auto_envvar_prefix and parameter.allow_from_autoenv):
        return ""
    return f"{context.auto_envvar_prefix}_{(parameter.name or '').upper()}"


def long_name(option: click.Option) -> str:
    return max(option.opts, key=len)


def command_page(name: str) -> str:
    """Return the page of a program."""
    each = list(commands(name))
    contents = [f"- [{command.name}](#{command.name.replace(' ', '-')})" for command in each[1:]]
    sections = [block for command in each[1:] for block in _section(command)]
    return page(name, *_description(each[0].definition), contents, *sections)


def _section(command: Command) -> Iterator[str | list[str]]:
    yield f"## {command.name}"
    usage = " ".join([command.name, *command.definition.collect_usage_pieces(command.context)])
    yield f"```text\n{usage}\n```"
    yield from _description(command.definition)
    arguments = [(each, variable(each, command.context)) for each in command.definition.params]
    yield " ".join(
        f"{code(each.make_metavar(command.context))} may also be given by {code(name)}."
        for each, name in arguments
        if isinstance(each, click.Argument) and name
    )
    if not command.options:
        return
    rows = [_row(command, option) for option in command.options]
    yield table(_HEAD, rows)
    if any(row[3] for row in rows):
        yield f"{_WHEN_GIVEN} {_IN_FILE}" if command.has_config else _WHEN_GIVEN


def _description(command: click.Command) -> list[str]:
    return [escape(paragraph) for paragraph in inspect.cleandoc(command.help or "").split("\n\n")]


def _row(command: Command, option: click.Option) -> tuple[str, ...]:
    text = option.help or ""
    match = _DEFAULT.search(text)
    name = long_name(option)
    return (
        code(name),
        _value(option),
        escape(match["default"]) if match else _default(option, command.context),
        code(variable(option, command.context)),
        code(name.lstrip("-")) if command.has_config and name != "--config" else "",
        escape(_VARIABLE.sub("", _DEFAULT.sub("", text))),
    )


def _value(option: click.Option) -> str:
    """Return what the option takes, in words; nothing for a flag."""
    if option.is_flag:
        return ""
    kind = option.type
    words = "text"
    if isinstance(kind, click.Choice):
        words = " or ".join(map(str, kind.choices))
    elif isinstance(kind, click.types.IntRange):
        words = f"whole number{_range(kind.min, kind.max)}"
    elif isinstance(kind, click.types.FloatRange):
        words = f"number over {kind.min:g}, up to {kind.max:g}"
    elif isinstance(kind, click.Path):
        words = "path"
    if option.metavar:
        words = f"{code(option.metavar)}" if words == "text" else f"{code(option.metavar)}, a {words}"
    return f"{words}; repeatable" if option.multiple else words


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return "" if low is None else f" from {low}"
    return f" from {low} to {high}"


def _default(option: click.Option, context: click.Context) -> str:
    if isinstance(option.show_default, str):
        return escape(option.show_default)
    value = option.get_default(context, call=False)
    shown = isinstance(value, (int, float, str)) and not isinstance(value, bool)
    return code(f"{value:g}" if isinstance(value, float) else str(value)) if shown else ""
