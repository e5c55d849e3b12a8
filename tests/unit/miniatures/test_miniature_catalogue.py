import re
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules, walk_packages
from types import ModuleType
from typing import Any

import pytest
import yaml

from tests.miniatures import (
    CHANGE_FAULTS,
    FAULTS,
    FREE,
    FUZZ_FAULTS,
    HOOK_FAULTS,
    HOOK_FREE,
    RATE_FAULTS,
    RATE_FREE,
    WHOLE_FAULTS,
    Deployment,
    Fault,
    Run,
    Variant,
    faults,
    freedoms,
)
from tests.miniatures.catalogue import CatalogueError, by_name, checked, declared_in, in_order
from tests.miniatures.decorators import DECLARED, fault, variant

REGISTER = Path(__file__).parents[3] / "openapi" / "oneinvoice_openapi" / "requirements.yaml"
AREAS = ("DISC", "AUTH", "ORG", "MEM", "QUO", "INV", "ERR", "VER")
# Made to build others on.
HELPERS = {"Changing", "CountsIds", "Stumbling"}
FAULTS_BY_AREAS = {AREAS: FAULTS, ("RATE",): RATE_FAULTS, ("HOOK",): HOOK_FAULTS}
REGISTRIES = (FAULTS, WHOLE_FAULTS, FREE, FUZZ_FAULTS, RATE_FAULTS, RATE_FREE, HOOK_FAULTS, HOOK_FREE, CHANGE_FAULTS)
ALL: list[Fault | Variant] = [each for registry in REGISTRIES for each in registry.values()]


def classes_of(package: ModuleType) -> set[type[Deployment]]:
    """Return the deployments that are written down here and aren't only there to build others on."""
    names = {found.name for found in walk_packages(package.__path__, f"{package.__name__}.")}
    return {each for each in _subclasses(Deployment) if each.__module__ in names and not each.__name__.startswith("_")}


def _subclasses(cls: type[Deployment]) -> set[type[Deployment]]:
    direct = cls.__subclasses__()
    return {*direct, *(each for found in direct for each in _subclasses(found))}


@pytest.mark.parametrize("package", [faults, freedoms], ids=["faults", "freedoms"])
def test_nothing_is_left_undeclared(package: ModuleType):
    declared = {each.deployment for each in declared_in(package)}
    assert {each for each in classes_of(package) if each.__name__ not in HELPERS} == declared


def test_each_fault_is_in_the_folder_of_its_area():
    for each in declared_in(faults):
        assert isinstance(each, Fault)
        assert each.deployment.__module__.split(".")[3] == each.area.lower(), each.name


@pytest.mark.parametrize("area", [found.name for found in iter_modules(faults.__path__)])
def test_the_folder_of_an_area_says_what_its_modules_hold(area: str):
    package = import_module(f"{faults.__name__}.{area}")
    told = re.findall(r"^- (\w+)\.py: ", package.__doc__ or "", re.MULTILINE)
    assert told == sorted(module.name for module in iter_modules(package.__path__))


def test_each_variant_is_in_the_folder_of_the_run_that_shows_it():
    folders = {
        Run.READ: freedoms.__name__,
        Run.RATE: f"{freedoms.__name__}.rate",
        Run.HOOKS: f"{freedoms.__name__}.hook",
    }
    for each in declared_in(freedoms):
        assert isinstance(each, Variant)
        assert each.deployment.__module__.rpartition(".")[0] == folders[each.run], each.name


@pytest.mark.parametrize("areas", FAULTS_BY_AREAS, ids=["reading", "rate", "webhooks"])
def test_every_testable_rule_has_a_fault(areas: tuple[str, ...]):
    rows = yaml.safe_load(REGISTER.read_text())["requirements"]
    # What needs a webhook is shown by deliveries, of whatever area it is.
    shown_by = {row["id"]: "HOOK" if "webhook" in row["needs"] else row["id"].split("-")[0] for row in rows}
    testable = {row["id"] for row in rows if shown_by[row["id"]] in areas and "not_testable" not in row}
    testable -= {row["id"] for row in rows if row.get("contract")}
    # What was answered once is known from an earlier report alone.
    testable -= {each.rule for each in CHANGE_FAULTS.values()} - {each.rule for each in FAULTS.values()}
    assert {each.rule for each in FAULTS_BY_AREAS[areas].values()} == testable


@pytest.mark.parametrize("registry", [FAULTS, RATE_FAULTS, HOOK_FAULTS], ids=["reading", "rate", "webhooks"])
def test_every_rule_has_two_faults_at_least(registry: dict[str, Fault]):
    assert min(Counter(each.rule for each in registry.values()).values()) >= 2


def test_everything_is_described_in_a_sentence():
    for each in ALL:
        assert each.description.endswith("."), each.name


def test_every_kind_of_run_has_its_registry():
    assert len({each.deployment for each in ALL}) == len(ALL)
    assert {each.deployment for each in ALL} == {
        each.deployment for each in (*declared_in(faults), *declared_in(freedoms))
    }


# Decorators


def declared(deployment: type[Deployment]) -> Any:
    return vars(deployment)[DECLARED]


def test_a_fault_is_one_class_with_its_requirement():
    @fault("MEM-4")
    class LimitOf500Honoured(Deployment):
        """A limit of 500 is honoured.

        More is none of its description.
        """

    assert declared(LimitOf500Honoured) == Fault(
        "limit-of-500-honoured", "MEM-4", "A limit of 500 is honoured.", LimitOf500Honoured, Run.READ
    )


@pytest.mark.parametrize(("rule", "run"), [("MEM-4", Run.READ), ("RATE-1", Run.RATE), ("HOOK-12", Run.HOOKS)])
def test_the_area_decides_which_run_shows_a_fault(rule: str, run: Run):
    assert declared(fault(rule)(type("Broken", (Deployment,), {}))).run is run
    assert declared(fault(rule, shown_by=Run.WHOLE)(type("Broken", (Deployment,), {}))).run is Run.WHOLE


def test_what_is_built_on_a_declared_class_is_not_declared_by_that():
    broken = fault("MEM-4")(type("Broken", (Deployment,), {}))
    free = variant()(type("Free", (Deployment,), {}))
    assert DECLARED not in vars(type("More", (broken,), {}))
    assert DECLARED not in vars(type("More", (free,), {}))


def test_two_of_one_name_are_refused():
    both = [declared(fault("MEM-4")(type("NoMaximum", (Deployment,), {"__module__": place}))) for place in ("a", "b")]
    with pytest.raises(CatalogueError, match=r"Two deployments are named no-maximum, a\.NoMaximum and b\.NoMaximum"):
        by_name(both)


@pytest.mark.parametrize(("rule", "hint"), [("MEM-44", "; did you mean MEM-4"), ("QUERY", r"register\.$")])
@pytest.mark.parametrize(
    "declare",
    [
        fault,
        lambda rule: fault("MEM-3", besides=["MEM-2", rule]),
        lambda rule: variant(undecided=["MEM-2", rule]),
        lambda rule: variant(may_be_undecided=["MEM-2", rule]),
    ],
    ids=["fault", "besides", "undecided", "may be undecided"],
)
def test_a_requirement_that_is_not_in_the_register_is_refused(declare: Callable[[str], Any], rule: str, hint: str):
    unknown = declared(declare(rule)(type("NoMaximum", (Deployment,), {"__module__": "a"})))
    with pytest.raises(CatalogueError, match=rf"a\.NoMaximum names {rule}, which is no requirement .*{hint}"):
        checked([unknown])


def test_a_variant_names_the_rules_that_it_leaves_undecided():
    free = declared(variant(undecided=["ORG-1"], may_be_undecided=("MEM-5",))(type("Free", (Deployment,), {})))
    assert (free.undecided, free.may_be_undecided) == ({"ORG-1"}, {"MEM-5"})


def test_faults_are_in_the_order_of_the_register():
    assert [each.rule for each in in_order(FAULTS.values())] == [each.rule for each in FAULTS.values()]
    assert next(iter(FAULTS)).startswith("discovery-")
