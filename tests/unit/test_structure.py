"""The plan of the packages: how large a folder, a module and a function may be, and that imports run one way."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "oneinvoice_conformance": ROOT / "conformance" / "oneinvoice_conformance",
    "oneinvoice_impl": ROOT / "impl" / "oneinvoice_impl",
    "oneinvoice_openapi": ROOT / "openapi" / "oneinvoice_openapi",
    "oneinvoice_fixtures": ROOT / "fixtures" / "oneinvoice_fixtures",
}
MODULES = 15  # in a folder
LINES = 400  # of a module
FUNCTION = 50  # lines of a function
ROOMS, FLOORS = 21, 10  # of the suite
# What a sentence about the code begins with where it tells around it instead of naming it.
RELATIVE = {"what", "who", "whether", "how", "where", "when", "which", "why", "that", "as"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(package: Path) -> list[Path]:
    return sorted(package.rglob("*.py"))


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, Function))


@cache
def imports(package: str) -> dict[str, frozenset[str]]:
    """The modules that each module of a package imports from it, for their types alone too."""
    graph = grimp.build_graph(package, cache_dir=None)
    return {
        module: frozenset(each for each in graph.find_modules_directly_imported_by(module) if each in graph.modules)
        for module in graph.modules
    }


@cache
def rooms() -> dict[str, set[str]]:
    """The folders and modules at the top of the suite, with those that they import."""
    tree: dict[str, set[str]] = {}
    for module, imported in imports("oneinvoice_conformance").items():
        _, *inside = module.split(".")
        if inside:
            others = {each.split(".")[1] for each in imported if "." in each}
            tree.setdefault(inside[0], set()).update(others - {inside[0]})
    return tree


@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES.keys())
def test_a_folder_has_few_modules(package: Path):
    folders = {path.parent for path in modules(package)}
    counts = {folder: sum(path.name != "__init__.py" for path in folder.glob("*.py")) for folder in folders}
    assert {str(folder.relative_to(ROOT)): n for folder, n in counts.items() if n > MODULES} == {}


@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES.keys())
def test_a_module_is_short(package: Path):
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in modules(package)}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LINES} == {}


@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES.keys())
def test_a_function_is_short(package: Path):
    lengths = {
        f"{path.relative_to(ROOT)}:{each.name}": (each.end_lineno or 0) - each.lineno + 1
        for path in modules(package)
        for each in functions(path)
    }
    assert {name: n for name, n in lengths.items() if n > FUNCTION} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_import_each_other_in_a_circle(package: str):
    try:
        TopologicalSorter(imports(package)).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_the_suite_has_few_rooms_on_few_floors():
    heights: dict[str, int] = {}
    for room in TopologicalSorter(rooms()).static_order():
        heights[room] = 1 + max((heights[below] for below in rooms()[room]), default=0)
    assert (len(heights) <= ROOMS, max(heights.values()) <= FLOORS) == (True, True), heights


@pytest.mark.parametrize("package", PACKAGES.values(), ids=PACKAGES.keys())
def test_a_docstring_begins_with_a_verb_or_a_noun(package: Path):
    relative = []
    for path in modules(package):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | Function) and (text := ast.get_docstring(node)):
                first = text.split()[0].strip("`:,.").lower()
                if first in RELATIVE:
                    line = getattr(node, "lineno", 1)
                    relative.append(f"{path.relative_to(ROOT)}:{line}: {text.splitlines()[0]}")
    assert relative == []
