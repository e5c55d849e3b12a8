"""Import members from a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.records.member_imports import IMPORT_LIFE, MemberImports
from oneinvoice_impl.store.records.members import MemberRepository
from oneinvoice_impl.web.members.csv_file import MOST_BYTES, BadFile, read_csv
from oneinvoice_impl.web.members.member_rows import Columns, MemberRows, guess_columns
from sqlalchemy import Connection, text

from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.web.hostile import NAMES, is_harmless
from tests.unit.impl.web.visitor import OTHER_ADMIN, PRIMARY, Page, Visitor
from tests.unit.impl.webhook_world import ORGANISATION, START, World

KEY = PRIMARY.keys[0].text
IMPORT = "/members/import"
HEADER = "First name,Last name,E-mail,Status\n"
GOOD = f"{HEADER}Åse,Ødegård,ase@nordlys.example,pending\nKari,Nordmann,kari@nordlys.example,\n"
ROW = ["Åse", "Ødegård", "ase@nordlys.example"]


def upload(visitor: Visitor, content: str | bytes, name: str = "members.csv") -> Page:
    data = content.encode() if isinstance(content, str) else content
    return visitor.submit(visitor.get(IMPORT), IMPORT, files={"csv": (name, data, "text/csv")})


def store(visitor: Visitor, content: str | bytes, **columns: str) -> Page:
    """Both pages, with what was guessed unless other columns are named."""
    page = upload(visitor, content)
    assert page.status == 200, page.words
    return visitor.submit(page, page.path, **columns)


def newest(site: Application, count: int) -> list[dict[str, str]]:
    answer = ask(site, f"/api/v1/members?offset={30}&limit=200", bearer(KEY)).json
    assert len(answer["data"]) == count
    return list(answer["data"])


def test_all_rows_become_members_in_the_order_of_the_file(admin: Visitor, site: Application) -> None:
    page = store(admin, GOOD)
    assert (page.status, page.path) == (200, "/members")
    assert "2 members were imported." in page.words
    first, second = newest(site, 2)
    assert (first["first_name"], first["last_name"], first["status"]) == ("Åse", "Ødegård", "pending")
    assert (second["email"], second["status"]) == ("kari@nordlys.example", "active")


def test_the_page_between_shows_what_was_guessed_and_the_first_rows(admin: Visitor) -> None:
    rows = "".join(f"A{n};B{n};{n}@x.example\n" for n in range(7))
    page = upload(admin, "Fornavn;Etternavn;E-post\n" + rows)
    chosen = page.form(page.path).fields
    assert [chosen[name] for name in ("first_name", "last_name", "email")] == [["0"], ["1"], ["2"]]
    assert chosen["otherwise"] == ["active"]
    assert "The file has 7 rows." in page.words
    assert "Line Fornavn Etternavn E-post 2 A0 B0 0@x.example 3 A1 B1" in page.words
    assert "A4 B4" in page.words
    assert "A5 B5" not in page.words


@pytest.mark.parametrize(
    ("header", "positions"),
    [
        ("First name,Last name,E-mail,Status", [0, 1, 2, 3]),
        ("Vorname,Nachname,E-Mail-Adresse", [0, 1, 2, None]),
        ("E-post,Etternavn,Fornavn", [2, 1, 0, None]),
        ("FÖRNAMN,EFTERNAMN,E-POSTADRESS", [0, 1, 2, None]),
        ("Etunimi,Sukunimi,Sähköposti,Tila", [0, 1, 2, 3]),
        ("Prénom,Nom,Courriel,État", [0, 1, 2, 3]),
        ("id,email,email,first_name,SURNAME", [3, 4, 1, None]),
        ("a,b,c", [None, None, None, None]),
        (" first  NAME ,x,*E-Mail*", [0, None, 2, None]),
    ],
)
def test_columns_are_guessed_by_their_names(header: str, positions: Sequence[int | None]) -> None:
    found = guess_columns(header.split(","))
    assert [found.get(name) for name in ("first_name", "last_name", "email", "status")] == positions


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b,c\nÅse,Ødegård,ase@nordlys.example\n", [(2, ROW)]),
        ("\ufeffa,b,c\nÅse,Ødegård,ase@nordlys.example", [(2, ROW)]),
        ("a;b;c\r\nÅse;Ødegård;ase@nordlys.example\r\n", [(2, ROW)]),
        ("a\tb\tc\rÅse\tØdegård\tase@nordlys.example\r", [(2, ROW)]),
        ('a,b,c\n"Åse","Ødegård","ase@nordlys.example"\n', [(2, ROW)]),
        ('"a";"b";"c, d"\n"Åse";"Ødegård";"ase@nordlys.example"\n', [(2, ROW)]),
        ('a,b,c\n"A ""B"" C",d,e\n', [(2, ['A "B" C', "d", "e"])]),
        ('a,b,c\n"one\ntwo\nthree",d,e\nf,g,h\n', [(2, ["one\ntwo\nthree", "d", "e"]), (5, ["f", "g", "h"])]),
        ("\n\na,b,c\n\n,,\n  \nd,e,f\n\n", [(7, ["d", "e", "f"])]),
        ("a;b;c\n1,5;2,5;3,5\n", [(2, ["1,5", "2,5", "3,5"])]),
        ("a,b,c\nd,e\n", [(2, ["d", "e"])]),
        ("a,b,c\n" + "d,e,f\n" * 10_000, [(n, ["d", "e", "f"]) for n in range(2, 10_002)]),
    ],
)
def test_good_files(content: str, rows: Sequence[tuple[int, list[str]]]) -> None:
    file = read_csv(content.encode())
    assert list(file.rows) == list(rows)
    assert (len(file.columns), file.windows) == (3, False)


def test_windows_1252_is_read_and_told(admin: Visitor, site: Application) -> None:
    assert read_csv(GOOD.encode("cp1252")).windows
    page = upload(admin, GOOD.encode("cp1252"))
    assert "was read as Windows-1252" in page.words
    admin.submit(page, page.path)
    assert newest(site, 2)[0]["first_name"] == "Åse"
    assert "Windows" not in upload(admin, GOOD).words


BAD_FILES = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\r\n\t", "is empty"),
    "only separators": (b",,,,\n,,,,\n", "too few columns"),
    "a BOM": (b"\xef\xbb\xbf", "is empty"),
    "no rows": (b"a,b,c\n", "no row below"),
    "no rows but empty ones": (b"a,b,c\n,,\n\n", "no row below"),
    "one column": (b"email\nkari@nordlys.example\n", "too few columns"),
    "prose": (b"Dear all,\nthis is a letter.\n", "too few columns"),
    "a spreadsheet": (b"PK\x03\x04\x14\x00\x06\x00\x08\x00", "is no CSV file"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "is no CSV file"),
    "UTF-16": (GOOD.encode("utf-16"), "is no CSV file"),
    "neither encoding": (b"a,b,c\n\x81\x8d,b,c\n", "is no CSV file"),
    "an open quote": (b'a,b,c\nd,e,f\n"g,h,i\nj,k,l\n', "begins on line 3 can't be read"),
    "text after a quote": (b'a,b,c\n"d"x,e,f\n', "begins on line 2 can't be read"),
    "a bad header": (b'"a"x,b,c\nd,e,f\n', "begins on line 1 can't be read"),
    "an endless field": (b"a,b,c\n" + b"d" * 200_000 + b",e,f\n", "begins on line 2 can't be read"),
    "too many columns": (b"a," * 100 + b"b\n1,2,3\n", "more than 100 columns"),
    "too many rows": (b"a,b,c\n" + b"d,e,f\n" * 10_001, "more than 10,000 rows"),
    "too many lines": (b"a,b,c\nd,e,f" + b"\n" * 100_001, "more than 100,000 lines"),
    "too many lines of another kind": (b"a,b,c\rd,e,f" + b"\r" * 100_001, "more than 100,000 lines"),
    "too long": (b"a,b,c\n" + b"d" * MOST_BYTES, "larger than 5 MiB"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_told_in_one_sentence(admin: Visitor, name: str) -> None:
    content, sentence = BAD_FILES[name]
    page = upload(admin, content)
    assert (page.status, page.path) == (400, IMPORT)
    assert sentence in page.words
    assert page.html.count('class="error"') == 1


@pytest.mark.parametrize(
    "content",
    ["a,b,c\n&" + "," * 100_000, ",".join(["&" * 50_000] * 100) + "\nd,e,f\n", f"a,b,c\n{'&' * 100_000},e,f\n"],
    ids=["a wide row", "long names", "a long cell"],
)
def test_a_page_shows_only_so_much_of_a_file(admin: Visitor, content: str) -> None:
    page = upload(admin, content)
    assert page.status == 200
    assert len(page.html) < 400_000
    assert len(admin.submit(page, page.path, first_name="0", last_name="1", email="2").html) < 400_000


def test_no_file(admin: Visitor) -> None:
    form = admin.get(IMPORT)
    for page in (admin.submit(form, IMPORT), admin.submit(form, IMPORT, files={"csv": ("", b"", "text/csv")})):
        assert page.status == 400
        assert "Choose a CSV file." in page.words


def test_errors_are_told_by_line_and_column_and_nothing_is_stored(admin: Visitor, site: Application) -> None:
    lines = [
        "Vorname;Nachname;E-Mail;Status",
        "Kari;Nordmann;kari@nordlys.example;active",
        "",
        ";Hansen;ola@nordlys.example;active",
        '"Two',
        'lines";Hansen;two@nordlys.example;active',
        "A;B;nowhere;gone",
        "C;D;KARI@nordlys.example;active",
        "E;F;e@nordlys.example;active;more",
        "G",
    ]
    page = store(admin, "\r\n".join(lines))
    assert page.status == 400
    told = page.words[page.words.index("Line Column") : page.words.index("First name Choose")]
    assert told == (
        "Line Column What is wrong "
        "4 Vorname Give a first name. "
        "5 Vorname Leave out the line break (U+000D), character 4 of the first name. "
        "7 E-Mail Give an e-mail address, such as kari@nordlys.example. "
        "7 Status Give a status: active, inactive or pending. "
        "8 E-Mail The same address is on line 2. "
        "9 – The row has 5 fields, but the first line names 4 columns. "
        "10 Nachname Give a last name. "
        "10 E-Mail Give an e-mail address, such as kari@nordlys.example. "
    )
    assert "Nothing was imported: 8 things are wrong" in page.words
    newest(site, 0)


def test_whoever_is_a_member_already_is_told_with_the_other_errors(admin: Visitor, site: Application) -> None:
    theirs = next(iter(PRIMARY.members())).email
    page = store(admin, f"{HEADER}A,B,{theirs.upper()},\nC,D,c@x.example,\n,F,f@x.example,\n")
    assert page.status == 400
    assert "2 E-mail There is a member with this address already. 4 First name Give a first name." in page.words
    newest(site, 0)


def test_the_first_50_errors_are_shown_and_the_others_counted(admin: Visitor) -> None:
    page = store(admin, HEADER + "A,B,,\n" * 60)
    assert "Nothing was imported: 60 things are wrong" in page.words
    assert "51 E-mail Give" in page.words
    assert "52 E-mail Give" not in page.words
    assert "And 10 more." in page.words


def test_other_columns_can_be_chosen(admin: Visitor, site: Application) -> None:
    content = "x,y,z,w\nB,A,ab@x.example,Inactive\nD,C,cd@x.example,\n"
    page = upload(admin, content)
    again = admin.submit(page, page.path)
    assert again.status == 400
    for field in ("first_name", "last_name", "email"):
        assert f'id="{field}-error"' in again.html
    columns = {"first_name": "1", "last_name": "0", "email": "2", "status": "3", "otherwise": "pending"}
    admin.submit(again, page.path, **columns)
    first, second = newest(site, 2)
    assert (first["first_name"], first["last_name"], first["status"]) == ("A", "B", "inactive")
    assert second["status"] == "pending"


@pytest.mark.parametrize(
    ("columns", "field"),
    [({"first_name": "4"}, "first_name"), ({"first_name": "-1"}, "first_name"), ({"email": "0"}, "email"),
     ({"first_name": "x" * 1000}, "first_name"), ({"first_name": "²"}, "first_name"), ({"status": "9"}, "status"),
     ({"otherwise": "draft"}, "otherwise"), ({"otherwise": ""}, "otherwise")],
)  # fmt: skip
def test_choices_that_there_are_not(admin: Visitor, site: Application, columns: dict[str, str], field: str) -> None:
    page = store(admin, GOOD, **columns)
    assert page.status == 400
    assert f'id="{field}-error"' in page.html
    newest(site, 0)


def test_an_import_is_done_once(admin: Visitor, site: Application) -> None:
    page = upload(admin, GOOD)
    admin.submit(page, page.path)
    again = admin.submit(page, page.path)
    assert again.status == 404
    assert "This import is done" in again.words
    newest(site, 2)
    assert admin.get(page.path).status == 404


def test_the_same_file_again_names_every_row(admin: Visitor, site: Application) -> None:
    store(admin, GOOD)
    page = store(admin, GOOD)
    assert page.status == 400
    assert page.words.count("There is a member with this address already.") == 2
    newest(site, 2)


def test_it_is_over_after_an_hour(admin: Visitor, clock: ManualClock) -> None:
    page = upload(admin, GOOD)
    clock.advance(IMPORT_LIFE)
    assert admin.get(page.path).status == 404
    assert admin.submit(page, page.path).status == 404


def test_another_file_takes_its_place(admin: Visitor, other_admin: Visitor, site: Application) -> None:
    first, theirs = upload(admin, GOOD), upload(other_admin, GOOD)
    second = upload(admin, GOOD)
    assert admin.get(first.path).status == 404
    assert admin.get(second.path).status == 200
    assert other_admin.get(theirs.path).status == 200
    with site.database.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM member_imports")).scalar() == 2


def test_another_organisations_file_is_not_there(admin: Visitor, other_admin: Visitor, site: Application) -> None:
    page = upload(other_admin, GOOD)
    own = upload(admin, GOOD)
    assert admin.get(page.path).status == 404
    fields = own.form(own.path).fields
    assert admin.post(page.path, **fields).status == 404
    newest(site, 0)
    assert OTHER_ADMIN in other_admin.get(page.path).words


@pytest.mark.parametrize("id", ["imp_1", "%00", "%F0%9F%98%80", "..%2Fx", "x" * 3000])
def test_unknown_imports_are_not_there(admin: Visitor, id: str) -> None:
    assert admin.get(f"{IMPORT}/{id}").status == 404


@pytest.mark.parametrize("name", NAMES)
def test_hostile_cells_are_only_text(admin: Visitor, name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    page = upload(admin, f"{quoted},Last name,E-mail\n{quoted},{quoted},{quoted}\n")
    assert is_harmless(page.html)
    page = admin.submit(page, page.path, first_name="0")
    assert page.status == 400
    assert " ".join(name.split())[:50] in page.words
    assert is_harmless(page.html)


def test_a_hostile_name_of_a_file_is_shown_nowhere(admin: Visitor) -> None:
    page = upload(admin, GOOD, name='"><script>alert(1)</script>/../../etc/passwd')
    assert page.status == 200
    assert "passwd" not in page.html


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300) | st.text(st.sampled_from(',;\t"\r\n aé@\ufeff\x00'), max_size=200).map(str.encode))
@example(b'"')
@example(b'",",\r"')
@example(b'a,b,c\n"')
def test_no_bytes_are_too_much(admin: Visitor, clock: ManualClock, content: bytes) -> None:
    # So that there are never too many files.
    clock.advance(timedelta(minutes=1))
    page = upload(admin, content)
    assert page.status in (200, 400)
    if page.status == 200:
        first, last, email = "0", "1", "2"
        page = admin.submit(page, page.path, first_name=first, last_name=last, email=email)
        assert page.status in (200, 400)


_CELLS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


@given(st.lists(st.tuples(_CELLS, _CELLS, _CELLS), min_size=1, max_size=8), st.sampled_from(",;\t"))
def test_what_was_written_is_read(rows: Sequence[tuple[str, ...]], delimiter: str) -> None:
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [("a", "b", "c"), *rows]]
    wanted = [list(row) for row in rows if any(cell.strip() for cell in row)]
    data = "\n".join(lines).encode()
    if not wanted:
        with pytest.raises(BadFile, match="no row below"):
            read_csv(data)
        return
    assert [cells for _, cells in read_csv(data).rows] == wanted


def test_a_file_is_stored_and_forgotten(world: World) -> None:
    """On each database: bytes as they are, for one organisation, until they are replaced or over."""
    data, later = bytes(range(256)) * 1000, START + IMPORT_LIFE

    def fill(connection: Connection) -> None:
        for user, organisation in (("usr_1", ORGANISATION), ("usr_2", "org_2")):
            row = {"id": user, "organisation": organisation, "at": START.isoformat(" ")}
            connection.execute(text("INSERT INTO users VALUES (:id, :id, :organisation, :at)"), row)
            MemberImports(connection, organisation).add(f"imp_{user}", user, data, START)

    world.do(fill)

    def file(id: str, organisation: str = ORGANISATION, at: timedelta = timedelta()) -> bytes | None:
        return world.do(lambda connection: MemberImports(connection, organisation).file(id, START + at))

    assert file("imp_usr_1") == file("imp_usr_2", "org_2") == data
    assert file("imp_usr_2") is None
    assert file("imp_usr_1", at=IMPORT_LIFE) is None
    world.do(lambda connection: MemberImports(connection, "org_2").end("imp_usr_1"))
    assert file("imp_usr_1") == data
    world.do(lambda connection: MemberImports(connection, ORGANISATION).add("imp_new", "usr_1", b"new", later))
    assert (file("imp_usr_1"), file("imp_usr_2", "org_2"), file("imp_new")) == (None, None, b"new")
    world.do(lambda connection: MemberImports(connection, ORGANISATION).end("imp_new"))
    assert file("imp_new") is None


def test_ten_thousand_rows_at_once(world: World) -> None:
    """On each database: more values than a statement of some drivers takes."""
    lines = "".join(f"A,B,{n}@x.example\n" for n in range(10_000))
    file = read_csv(("a,b,c\n" + lines).encode())
    rows = MemberRows(file, Columns({"first_name": 0, "last_name": 1, "email": 2}, "active"), ORGANISATION, START)
    assert rows.refuse(set(), "") == []

    def work(connection: Connection) -> int:
        members = MemberRepository(connection, ORGANISATION)
        assert members.emails_in_use(rows.addresses) == set()
        members.add(rows.members)
        return len(members.emails_in_use(rows.addresses))

    assert world.do(work) == 10_000
