"""Pages of docs/reference by their names."""

from __future__ import annotations

from pathlib import Path

from docs.generator.commands import command_page
from docs.generator.exit_codes import exit_codes_page
from docs.generator.markdown import page
from docs.generator.requirements import requirements_page
from docs.generator.settings import settings_page

FOLDER = Path(__file__).parents[1] / "reference"
PROGRAMS = ("oneinvoice-conform", "oneinvoice-mock", "oneinvoice-service", "oneinvoice-spec")
COMMAND = "make reference"


def pages() -> dict[str, str]:
    """Return the text of each page by the name of its file."""
    return {
        "README.md": _contents(),
        **{f"{program}.md": command_page(program) for program in PROGRAMS},
        "exit-codes.md": exit_codes_page(),
        "requirements.md": requirements_page(),
        "settings.md": settings_page(),
    }


def write(folder: Path = FOLDER) -> list[Path]:
    """Write the pages, and remove those of another name that stand beside them."""
    folder.mkdir(exist_ok=True)
    texts = pages()
    for path in folder.glob("*.md"):
        if path.name not in texts:
            path.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return [folder / name for name in texts]


def _contents() -> str:
    return page(
        "Reference",
        f"These pages are written from the code by `{COMMAND}`.",
        [
            *(f"- [{program}]({program}.md): every command and option" for program in PROGRAMS),
            "- [Exit codes](exit-codes.md) of all",
            "- [Settings of the service](settings.md): its environment variables",
            "- [The register of requirements](requirements.md): clause, statement, needs and open question of each",
        ],
    )
