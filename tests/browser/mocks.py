"""A running mock, as people start it, and what its user has besides the browser."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from oneinvoice_impl.mock.cli.controls_client import ControlsClient

_COMMAND = Path(sysconfig.get_path("scripts")) / "oneinvoice-mock"
_CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}


@dataclass(frozen=True)
class Mock:
    """Where it is, whom one logs in as, and the key of that organisation."""

    url: str
    admin: str
    key: str

    @property
    def controls(self) -> ControlsClient:
        return ControlsClient(self.url)

    def ask(self, path: str, key: str) -> tuple[int, Any]:
        """The status of an answer of the API, and its JSON."""
        request = Request(self.url + path, headers={"Authorization": f"Bearer {key}"})
        try:
            with urlopen(request) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refused:
            return refused.code, json.load(refused)


@contextmanager
def running_mock(*options: str, port: int = 0) -> Iterator[Mock]:
    """A mock of its own process, until the end of the block."""
    command = [_COMMAND, "serve", "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_CLEAN) as process:
        try:
            assert process.stdout
            printed = ""
            while "oneinvoice-conform" not in printed:
                line = process.stdout.readline()
                assert line, "the mock ended before it was ready"
                printed += line
            values = dict(re.findall(r"^export (\w+)=(\S+)", printed, re.MULTILINE))
            (admin,) = re.findall(r"log in there as (\S+)", printed)
            yield Mock(values["ONEINVOICE_URL"], admin, values["ONEINVOICE_KEY"])
        finally:
            process.kill()
