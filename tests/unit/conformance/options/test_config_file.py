from dataclasses import replace
from pathlib import Path

import pytest
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.options.config_file import CONCEPTS, read_lists, read_names, read_settings
from oneinvoice_conformance.records.names import Names
from oneinvoice_openapi.register import register

ROWS = register().of("deployment")
OPTIONS = ("url", "key", "other-key", "skip", "header", "timeout", "strict")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conformance.toml"


def test_settings_by_the_names_of_options(path: Path):
    path.write_text(
        'url = "https://a.example"\nother_key = "1iv_b"\nskip = ["HOOK", "RATE"]\ntimeout = 2.5\nstrict = true\n'
        'header = ["X-A: 1", "X-B: 2"]\n'
    )
    assert read_settings(path, OPTIONS) == {
        "url": "https://a.example",
        "other-key": "1iv_b",
        "skip": "HOOK,RATE",
        "timeout": 2.5,
        "strict": True,
        "header": ["X-A: 1", "X-B: 2"],
    }


def test_a_mark_in_front_is_none_of_a_file(path: Path):
    path.write_bytes(b'\xef\xbb\xbfurl = "https://a.example"\r\nskip = "HOOK"\r\n')
    assert read_settings(path, OPTIONS) == {"url": "https://a.example", "skip": "HOOK"}
    path.write_bytes(b'\xef\xbb\xbfmembers = "data.people"\r\ndue_date = ["forfall"]\r\n')
    assert read_lists(path) == {"members": "data.people"}
    assert "forfall" in read_names(ROWS, path)["due_date"].says
    path.write_text('url = "https://a.example"', "utf-16")
    with pytest.raises(UsageError, match="is not TOML: it is not UTF-8, as which it has to be saved; correct it"):
        read_settings(path, OPTIONS)


def test_the_settings_of_clients_have_a_table_of_their_own(path: Path):
    path.write_text('skip = "HOOK"\n[client]\nrun = "python sync.py"\n')
    assert read_settings(path, OPTIONS) == {"skip": "HOOK"}
    assert read_settings(path, ("run",), "client") == {"run": "python sync.py"}
    with pytest.raises(UsageError, match="'run' is no setting; see oneinvoice-conform client --help"):
        read_settings(path, ("hook",), "client")
    path.write_text("client = 1")
    with pytest.raises(UsageError, match=r"'client' must be a table, \[client\]"):
        read_settings(path, OPTIONS)


def test_one_header_needs_no_list(path: Path):
    path.write_text('header = "X-A: 1"')
    assert read_settings(path, OPTIONS) == {"header": ["X-A: 1"]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("othr-key = '1'", "'othr-key' is no setting; did you mean 'other-key'?"),
        ("colour = '1'", "'colour' is no setting; see oneinvoice-conform run --help."),
        ("[key]\nprimary = '1'", "'key' must be a value and not a table."),
        ("key = ", "is not TOML: "),
    ],
)
def test_a_file_that_can_not_be_meant_is_refused(path: Path, text: str, sentence: str):
    path.write_text(text)
    with pytest.raises(UsageError) as error:
        read_settings(path, OPTIONS)
    assert str(path) in str(error.value)
    assert sentence in str(error.value)


def test_a_file_that_is_no_text_or_is_not_there_is_refused(path: Path):
    with pytest.raises(UsageError, match=r"can't be read \(No such file or directory\); name a file that can"):
        read_settings(path, OPTIONS)
    with pytest.raises(UsageError, match="can't be read"):
        read_settings(path.parent, OPTIONS)
    path.write_bytes(b"key = '\xff'")
    with pytest.raises(UsageError, match="is not TOML"):
        read_settings(path, OPTIONS)


def test_names_are_the_registers_and_the_operators(path: Path):
    path.write_text('due_date = ["forfallsdato"]\n')
    names = read_names(ROWS, path)
    assert names.keys() == CONCEPTS.keys()
    assert names["due_date"].matching({"forfallsdato": "x"})
    assert names["due_date"].matching({"due": "x"})
    assert not read_names(ROWS, None)["due_date"].matching({"forfallsdato": "x"})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("due = ['x']", "'due' is not known; use signing, payment_status, due_date, members, quotes, invoices."),
        ("due_date = 'x'", "'due_date' must be a list of names"),
        ("due_date = ['']", "'due_date' must be a list of names"),
        ("due_date = [1]", "'due_date' must be a list of names"),
    ],
)
def test_a_map_that_can_not_be_meant_is_refused(path: Path, text: str, sentence: str):
    path.write_text(text)
    with pytest.raises(UsageError, match=r"conformance\.toml") as error:
        read_names(ROWS, path)
    assert sentence in str(error.value)


@pytest.mark.parametrize("id", CONCEPTS.values())
def test_each_concept_has_its_words_in_the_register(id: str):
    assert ROWS[id].names["says"]


@pytest.mark.parametrize("id", CONCEPTS.values())
def test_a_release_without_a_row_has_the_words_of_the_map_alone(path: Path, id: str):
    [concept] = [concept for concept, row in CONCEPTS.items() if row == id]
    path.write_text(f"{concept} = ['forfall']")
    rows = replace(ROWS, requirements=tuple(row for row in ROWS.requirements if row.id != id))
    assert read_names(rows, None)[concept] == Names(())
    assert read_names(rows, path)[concept] == Names(("forfall",))


def test_a_map_may_tell_where_lists_are(path: Path):
    path.write_text('members = "data.people"\ndue_date = ["forfall"]\n"quotes" = "_embedded.acme:quotes"\n')
    assert read_lists(path) == {"members": "data.people", "quotes": "_embedded.acme:quotes"}
    assert "forfall" in read_names(ROWS, path)["due_date"].says
    assert read_lists(None) == {}


@pytest.mark.parametrize("value", ['["data", "people"]', '""', "7"])
def test_where_a_list_is_is_told_by_one_path(path: Path, value: str):
    path.write_text(f"members = {value}")
    with pytest.raises(UsageError, match="'members' must be the path of a list"):
        read_lists(path)
