"""Import members from files in the forms and languages that people have them in."""

from __future__ import annotations

import pytest
from oneinvoice_impl.server.app import Application

from tests.unit.impl.web.members.test_member_import import HEADER, newest, store
from tests.unit.impl.web.visitor import Visitor


@pytest.mark.parametrize("told", ["sep=;\r\n", "SEP=;\n", "\ufeffsep=;\n"])
def test_a_first_line_for_excel_tells_the_delimiter_and_is_no_row(told: str, admin: Visitor) -> None:
    page = store(admin, f"{told}First name;Last name;E-mail, work\nÅse;Ødegård;nowhere\n", email="2")
    assert page.status == 400
    assert "3 E-mail, work Give an e-mail address" in page.words


def test_a_delimiter_may_be_one_that_is_not_guessed(admin: Visitor, site: Application) -> None:
    store(admin, "sep=|\nFirst name|Last name|E-mail\nÅse|Ødegård|ase@nordlys.example\n")
    assert newest(site, 1)[0]["email"] == "ase@nordlys.example"


@pytest.mark.parametrize(
    ("told", "status"),
    [("Aktiv", "active"), ("ikke aktiv", "inactive"), ("PASSIV", "inactive"), ("en attente", "pending"),
     ("Väntande", "pending"), ("épä-aktiivinen", "inactive"), ("Pending", "pending"), ("", "active")],
)  # fmt: skip
def test_a_status_may_be_in_the_language_of_the_columns(
    told: str, status: str, admin: Visitor, site: Application
) -> None:
    store(admin, f"{HEADER}Åse,Ødegård,ase@nordlys.example,{told}\n")
    assert newest(site, 1)[0]["status"] == status


def test_an_unknown_status_is_none(admin: Visitor) -> None:
    page = store(admin, f"{HEADER}Åse,Ødegård,ase@nordlys.example,Ehrenmitglied\n")
    assert "2 Status Give a status: active, inactive or pending." in page.words


def test_names_are_kept_as_they_are_written_and_addresses_compared_in_any_script(
    admin: Visitor, site: Application
) -> None:
    names = "علی\N{ZERO WIDTH NON-JOINER}رضا,Anne\N{NO-BREAK SPACE}Marie"
    store(admin, f"{HEADER}{names},KÅRE@blåbær.example,\n")
    first = newest(site, 1)[0]
    assert (first["first_name"], first["last_name"]) == ("علی\N{ZERO WIDTH NON-JOINER}رضا", "Anne Marie")
    assert first["email"] == "kåre@blåbær.example"
    page = store(admin, f"{HEADER}Kåre,Li,kåre@BLÅBÆR.example,\n")
    assert "2 E-mail There is a member with this address already." in page.words
