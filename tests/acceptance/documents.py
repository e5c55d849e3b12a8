"""Documents of the project: their blocks of code, their links and what they name.

What can't be run as it stands says so in a comment before its block, which no reader sees:

    <!-- test: not run: REASON -->               the block is for people
    <!-- test: exit N -->                        its last command ends with N
    <!-- test: paste -->                         the lines `export …` that it prints are pasted, as the document says
    <!-- test: background until "TEXT" -->       it runs on, and prints TEXT when it is ready
    <!-- test: background until "TEXT", then stop -->
    <!-- test: stop, … -->                       what was started last is stopped first, by Ctrl-C
    <!-- test: file NAME -->                     the block is the content of a file

Those of CONTRIBUTING.md change a copy of the project, whose commands run where their blocks say so:

    <!-- test: new PATH -->                      the block is the content of a file that is not there yet
    <!-- test: append PATH -->                   it is the end of that file
    <!-- test: in PATH after "TEXT" -->          it follows the first line that has TEXT; likewise `before`
    <!-- test: in PATH replace "TEXT" -->        it stands in the place of that line
    <!-- test: run -->                           its commands are run, and print what the next block shows
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"(?:^<!-- test: (?P<marker>.*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
_HEADING = re.compile(r"^#+ +(.+?) *$", re.M)
_LINK = re.compile(r"\]\((?P<inline>[^)\s]+)\)|<(?:img|a)\b[^>]*?\b(?:src|href)=\"(?P<html>[^\"]+)\"")
_CODE = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")


@dataclass(frozen=True)
class Block:
    """Fenced block, the line that it begins at, and what its marker says."""

    language: str
    text: str
    line: int
    marker: str

    def _marked(self, pattern: str) -> str | None:
        match = re.search(rf"(?:^|, ){pattern}", self.marker)
        return match[1] if match else None

    @property
    def reason(self) -> str | None:
        """Return the reason why it is not run, if it isn't."""
        return self._marked("not run: (.+)")

    @property
    def exit_code(self) -> int:
        return int(self._marked("exit ([0-9]+)") or 0)

    @property
    def until(self) -> str | None:
        """Return what it prints when it is ready, if it runs on."""
        return self._marked('background until "([^"]+)"')

    @property
    def file(self) -> str | None:
        return self._marked("file ([a-z_.]+)")

    @property
    def pasted(self) -> bool:
        return self._marked("(paste)") is not None

    @property
    def stops_before(self) -> bool:
        return self._marked("(stop)") is not None

    @property
    def stops_after(self) -> bool:
        return self._marked("(then stop)") is not None


@dataclass(frozen=True)
class Document:
    """Markdown file of the repository."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @cached_property
    def blocks(self) -> list[Block]:
        return [
            Block(
                match["language"], match["text"], self.text.count("\n", 0, match.start("text")), match["marker"] or ""
            )
            for match in _BLOCK.finditer(self.text)
        ]

    @cached_property
    def prose(self) -> str:
        """Return the text without its blocks."""
        return _BLOCK.sub("", self.text)

    @cached_property
    def links(self) -> list[str]:
        without_code = _CODE.sub("", self.prose)
        return [match["inline"] or match["html"] for match in _LINK.finditer(without_code)]

    @cached_property
    def anchors(self) -> set[str]:
        """Return what can be linked to: headings as GitHub names them, and ids."""
        anchors: set[str] = set(re.findall(r'<a id="([^"]+)">', self.prose))
        for heading in _HEADING.findall(self.prose):
            plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
            name = base = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
            number = 0
            while name in anchors:
                number += 1
                name = f"{base}-{number}"
            anchors.add(name)
        return anchors

    @cached_property
    def code(self) -> list[str]:
        """Return what stands in backticks, and the lines of its shell blocks with what is continued on one line."""
        inline = [" ".join(code.split()) for code in _CODE.findall(self.prose)]
        shell = "\n".join(block.text for block in self.blocks if block.language == "sh").replace("\\\n", " ")
        return [*inline, *shell.splitlines()]


def documents() -> list[Document]:
    """Return all documents of the repository, each of which is held to its links and its words."""
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return [Document(path) for path in sorted(paths)]


README = Document(ROOT / "README.md")
PROOF = Document(ROOT / "docs/prove-your-client.md")
GUIDES = [
    README,
    *(Document(ROOT / f"docs/{name}.md") for name in ("qa", "integrators", "api-team", "operations")),
    PROOF,
]


def written(name: str) -> str:
    """Return the content of a file that the guides have their reader write."""
    [text] = [block.text for guide in GUIDES for block in guide.blocks if block.file == name]
    return text
