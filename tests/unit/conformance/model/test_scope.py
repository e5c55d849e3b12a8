import pytest
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_openapi.register import register

ROWS = register().of("deployment")
CLIENTS = register().of("client")


def rows_of(area: str) -> list[str]:
    return [row.id for row in ROWS.requirements if row.area == area]


def ids(only: str | None = None, skip: str | None = None, *, strict: bool = False) -> list[str]:
    return [row.id for row in Scope.parse(ROWS, only, skip, strict=strict).requirements(ROWS)]


def test_everything_but_the_contract_by_default():
    assert ids() == [row.id for row in ROWS.requirements if not row.contract]
    assert ids(strict=True) == [row.id for row in ROWS.requirements]


def test_areas_and_ids_in_any_case_and_with_spaces():
    assert ids("disc, mem-2 ,") == [*rows_of("DISC"), "MEM-2"]
    skipped = {"MEM-1", "MEM-2", "MEM-3", "MEM-5"}
    assert ids("MEM", "MEM-1,mem-2,MEM-3,MEM-5") == [id for id in rows_of("MEM") if id not in skipped]


def test_what_is_skipped_is_not_judged_even_if_named():
    assert ids("MEM-1,MEM-2", "MEM-1") == ["MEM-2"]


def test_the_contract_needs_strict():
    with pytest.raises(UsageError, match="leave nothing to judge"):
        ids("SPEC")
    assert ids("SPEC-1", strict=True) == ["SPEC-1"]


@pytest.mark.parametrize("name", ["FOO", "MEM-99", "MEM1", "members"])
def test_a_name_that_is_none_is_refused(name: str):
    for only, skip in ((name, None), (None, name)):
        with pytest.raises(UsageError, match=f"'{name.upper()}' is no area or requirement; the areas are DISC, AUTH"):
            ids(only, skip)


def test_nothing_left_is_refused():
    with pytest.raises(UsageError, match="nothing to judge"):
        ids("MEM", "MEM")


@pytest.mark.parametrize(
    ("only", "skip", "strict", "words"),
    [
        (None, None, False, "every requirement of the documentation"),
        ("MEM,MEM", None, False, "only MEM"),
        (None, "HOOK,RATE", False, "without HOOK, RATE"),
        ("MEM", "MEM-1", True, "only MEM; without MEM-1; with the authored contract"),
        ("", "", True, "with the authored contract"),
    ],
)
def test_the_scope_in_words(only: str | None, skip: str | None, strict: bool, words: str):
    assert str(Scope.parse(ROWS, only, skip, strict=strict)) == words


# Of clients, whose groups are named with and without the area


def client_ids(only: str | None = None, skip: str | None = None) -> list[str]:
    return [row.id for row in Scope.parse(CLIENTS, only, skip).requirements(CLIENTS)]


def test_all_rows_of_clients_by_default_those_of_webhooks_too():
    assert client_ids() == [row.id for row in CLIENTS.requirements]


@pytest.mark.parametrize("only", ["pace-1, HOOK", "CLIENT/PACE-1,client/hook", "HOOK,CLIENT/PACE-1,pace-1"])
def test_groups_and_ids_of_clients_with_and_without_their_area(only: str):
    hook = [row.id for row in CLIENTS.requirements if row.area == "CLIENT/HOOK"]
    assert client_ids(only) == ["CLIENT/PACE-1", *hook]
    assert client_ids(skip=only) == [row.id for row in CLIENTS.requirements if row.id not in client_ids(only)]


@pytest.mark.parametrize("name", ["MEM", "HOOK-99", "CLIENT", "CLIENT/MEM-1", "RATE-1"])
def test_what_a_deployment_is_held_to_is_no_name_for_clients(name: str):
    told = f"'{name}' is no area or requirement; the areas are KEY, PACE, PAGE, TOL, HOOK."
    with pytest.raises(UsageError, match=f"^{told}$"):
        client_ids(name)


@pytest.mark.parametrize("name", ["PACE", "CLIENT/HOOK-2", "KEY-1"])
def test_what_a_client_is_held_to_is_no_name_for_deployments(name: str):
    with pytest.raises(UsageError, match="is no area or requirement"):
        ids(name)


def test_the_scope_of_clients_in_words():
    whole = Scope.parse(CLIENTS, None, None)
    assert (str(whole), whole.is_whole) == ("everything that the documentation asks of a client", True)
    narrow = Scope.parse(CLIENTS, "hook-2,PACE", "KEY")
    assert (str(narrow), narrow.is_whole) == ("only CLIENT/HOOK-2, CLIENT/PACE; without CLIENT/KEY", False)
