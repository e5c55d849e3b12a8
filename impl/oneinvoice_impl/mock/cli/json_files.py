"""Files of JSON that the commands write."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import click

STANDARD_OUTPUT = "-"


def write_json(path: str, content: Any, *, is_secret: bool = False) -> None:
    """Write JSON to a file, all or nothing, or to standard output. Raises `UsageError`.

    What is secret is for the user alone to read.
    """
    if path == STANDARD_OUTPUT:
        click.echo(json.dumps(content, indent=1))
        return
    target = Path(path).resolve()  # a link stays one
    if target.exists() and not target.is_file():
        raise click.UsageError(
            f"{path} is a device or a pipe, which a file would replace; name a file, or - for standard output"
        )
    try:
        _replace(target, json.dumps(content, ensure_ascii=False, indent=1), 0o600 if is_secret else 0o666)
    except OSError as error:
        raise click.UsageError(
            f"{path} can't be written; name a file in a folder that exists and is writable"
        ) from error


def _replace(target: Path, text: str, mode: int) -> None:
    """Replace a file in one step. Raises `OSError`; nothing half written stays behind."""
    temporary = target.with_name(f".oneinvoice-{secrets.token_hex(8)}")
    try:
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
        # A lone surrogate, which JSON may escape, is no character of UTF-8; it stays escaped.
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        os.replace(temporary, target)
    except BaseException:  # an interruption, too
        temporary.unlink(missing_ok=True)
        raise
