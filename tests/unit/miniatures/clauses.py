"""What the documentation says, clause by clause, held against an answer by somebody who knows the data.

This needs no patience with strangers, as the suite does: it knows every record, and by which mark to find it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Collection, Iterator
from functools import cache

from tests.miniatures import data, keys
from tests.unit.miniatures import document_clauses as documents
from tests.unit.miniatures.reader import Answer, Reader, UndecidedError

ENDPOINTS = ("/members", "/quotes", "/invoices")
EXAMPLES = ("/members?limit=50&offset=0&status=active", "/quotes?status=accepted", "/invoices?status=paid")
STATUSES = {
    "/members": ("active", "inactive", "pending"),
    "/quotes": ("draft", "sent", "accepted", "rejected"),
    "/invoices": ("draft", "sent", "paid"),
}
AREAS = ("DISC", "AUTH", "ORG", "MEM", "QUO", "INV", "ERR", "VER")
WORLD = data.new_world()


def area(rule: str) -> str:
    return rule.partition("-")[0]


def broken_rules(reader: Reader, areas: Collection[str] = AREAS) -> set[str]:
    """The ids of the rules of these areas that this deployment breaks."""
    return {rule for rule in CLAUSES if area(rule) in areas and breaks(reader, rule)}


def breaks(reader: Reader, rule: str) -> bool:
    """Whether this rule is broken for certain."""
    try:
        return not CLAUSES[rule](reader)
    except UndecidedError:
        return False


def mark(record: data.Record) -> str:
    if isinstance(record, data.Member):
        return record.email.partition("@")[0]
    assert isinstance(record, data.Document)
    return record.number


@cache
def marks(endpoint: str, organisation: str = data.PRIMARY, status: str | None = None) -> frozenset[str]:
    """The marks of all records that should be listed."""
    return frozenset(
        mark(record)
        for record in WORLD.table(endpoint[1:])
        if record.organisation == organisation and status in (None, record.status)
    )


# Discovery


def discovery_is_open(reader: Reader) -> bool:
    return reader.get_with("", None).status == 200


def discovery_names_endpoints(reader: Reader) -> bool:
    answer = reader.get_with("", None)
    if answer.status != 200:
        raise UndecidedError("there is no discovery")
    try:
        words = str(answer.json)
    except ValueError:
        return False
    return all(endpoint[1:] in words for endpoint in ENDPOINTS)


# Authentication


def refuses(*authorizations: str | None) -> Callable[[Reader], bool]:
    def keeps(reader: Reader) -> bool:
        tries = ((target, each) for target in (*ENDPOINTS, *EXAMPLES) for each in authorizations)
        return all(reader.get_with(target, each).status == 401 for target, each in tries)

    return keeps


def only_bearer_counts(reader: Reader) -> bool:
    basic = [b64encode(pair.encode()).decode() for pair in (f"{PRIMARY_KEY}:", f":{PRIMARY_KEY}")]
    in_another_header = [reader.get_with(endpoint, PRIMARY_KEY, "X-API-Key").status for endpoint in ENDPOINTS]
    schemes_keep = refuses(f"Token {PRIMARY_KEY}", *(f"Basic {each}" for each in basic))
    return schemes_keep(reader) and set(in_another_header) == {401}


def _near_misses(key: str) -> Iterator[str]:
    other = "x" if key[30] != "x" else "y"
    for nearly in (key[:-1], key[:30], key + "0", key.swapcase(), key[:30] + other + key[31:], key[4:]):
        yield f"Bearer {nearly}"


def serves_valid_keys(reader: Reader) -> bool:
    served = ((endpoint, key) for endpoint in ENDPOINTS for key in ("primary", "sibling", "other"))
    return all(reader.get(endpoint, key).status == 200 for endpoint, key in served)


# Tenants


def keeps_apart(targets: Callable[[str], list[str]]) -> Callable[[Reader], bool]:
    def keeps(reader: Reader) -> bool:
        for endpoint in ENDPOINTS:
            for key, stranger in (("primary", data.OTHER), ("sibling", data.OTHER), ("other", data.PRIMARY)):
                strangers = marks(endpoint, stranger)
                if any(strangers & set(_listed(reader.get(target, key))) for target in targets(endpoint)):
                    return False
        return True

    return keeps


def _plain(endpoint: str) -> list[str]:
    pages = [f"/members?limit=200&offset={offset}" for offset in (0, 200, 400)]
    pages += [f"/members?{query}" for query in ("limit=1", "limit=0", "limit=1000", "offset=-1")]
    return pages if endpoint == "/members" else [endpoint, f"{endpoint}?limit=200"]


def _filtered(endpoint: str) -> list[str]:
    return [f"{endpoint}?status={status}" for status in (*STATUSES[endpoint], "no-such-status", "")]


def _past_the_end(endpoint: str) -> list[str]:
    return [f"/members?limit=200&offset={offset}" for offset in (450, 5000)] if endpoint == "/members" else []


def _listed(answer: Answer) -> list[str]:
    """What is listed, which is nothing where the deployment prefers a 4xx."""
    return [] if 400 <= answer.status < 500 else answer.marks


# Members


def is_list(endpoint: str) -> Callable[[Reader], bool]:
    def keeps(reader: Reader) -> bool:
        answer = reader.get(endpoint)
        return answer.status != 204 and answer.has_list

    return keeps


def _size(reader: Reader, query: str) -> int | None:
    """The length of a page of members, or nothing if it was refused."""
    answer = reader.get(f"/members?{query}")
    return None if 400 <= answer.status < 500 else len(answer.marks)


def pages_have_default_size(reader: Reader) -> bool:
    return all(_size(reader, query) in (50, None) for query in ("", "offset=100", "status=active"))


def pages_have_asked_size(reader: Reader) -> bool:
    sizes = [_size(reader, f"limit={limit}") in (limit, None) for limit in (1, 33, 50, 100, 199, 200)]
    return all(sizes) and _size(reader, "limit=33&offset=33") in (33, None)


def pages_have_maximum(reader: Reader) -> bool:
    sizes = [_size(reader, f"limit={limit}") for limit in (201, 1000, 0, -1, "all", "")]
    others = [_size(reader, f"limit=1000&{other}") for other in ("status=active", "offset=10")]
    return all(size is None or size <= 200 for size in [*sizes, *others])


def _walk(reader: Reader, step: int, status: str | None = None) -> list[str]:
    """All members, in pages."""
    found: list[str] = []
    query = f"&status={status}" if status else ""
    for offset in range(0, len(marks("/members", status=status)), step):
        found += reader.get(f"/members?limit={step}&offset={offset}{query}").marks
    return found


def pages_tile(reader: Reader) -> bool:
    walked = _walk(reader, 50)
    slices = [
        _listed(reader.get(f"/members?limit={limit}&offset={offset}")) == walked[offset:][:limit]
        for limit, offset in [(50, 25), (200, 0), (200, 200), (200, 400), (200, 450), (200, 5000)]
    ]
    slices.append(len(_listed(reader.get("/members?offset=440"))) <= 10)
    return len(set(walked)) == len(walked) == 450 and all(slices)


def pages_count_from_zero(reader: Reader) -> bool:
    first = reader.get("/members").marks
    from_zero = reader.get("/members?limit=50&offset=0").marks
    return first == from_zero and reader.get("/members?limit=50&offset=1").marks[:49] == first[1:]


def member_filters_are_exact(reader: Reader) -> bool:
    for status in STATUSES["/members"]:
        answers = [reader.get(f"/members?limit=200&status={status}&offset={offset}") for offset in (0, 200)]
        answers = [answer for answer in answers if answer.status not in (400, 404)]
        shown = [record["status"].lower() for answer in answers for record in answer.records if "status" in record]
        found = [each for answer in answers for each in answer.marks]
        if set(found) != marks("/members", status=status) or set(shown) - {status}:
            return False
    return True


def filter_and_paging_combine(reader: Reader) -> bool:
    for status in STATUSES["/members"]:
        whole = _walk(reader, 200, status)
        for limit, offset in [(20, 0), (20, 20), (7, 1), (200, 100), (200, len(whole))]:
            page = _listed(reader.get(f"/members?limit={limit}&offset={offset}&status={status}"))
            if page != whole[offset:][:limit] or not set(page) <= marks("/members", status=status):
                return False
    return True


# Errors

BAD = [f"{name}={value}" for name in ("limit", "offset") for value in ("-1", "abc", "9" * 30, "1.5", "1e3", "", "%00")]
BAD_QUERIES = [
    *(f"/members?{query}" for query in ["status=", "status=%27", "status=%C3%A5", "status=%00"]),
    *(f"{endpoint}?{query}" for endpoint in ENDPOINTS for query in ["limit=0", *BAD, "status=nobody"]),
]


def bad_input_is_no_crash(reader: Reader) -> bool:
    return all(reader.get(target).status < 500 for target in BAD_QUERIES)


def good_input_is_served(reader: Reader) -> bool:
    good = [
        *(f"{endpoint}?status={status}" for endpoint in ENDPOINTS for status in STATUSES[endpoint]),
        *(f"/members?limit={limit}&offset={offset}" for limit, offset in [(1, 0), (50, 0), (50, 50), (200, 200)]),
        "/members?limit=200",
    ]
    documented = all(reader.get(target).status in (200, 401, 429, 500) for target in good)
    listed = [target for target in BAD_QUERIES if _shows_list(reader.get(target.partition("?")[0]))]
    answers = map(reader.get, listed)
    return documented and all(_shows_list(answer) or answer.status >= 400 for answer in answers)


def _shows_list(answer: Answer) -> bool:
    return answer.status == 200 and answer.has_list


PRIMARY_KEY = keys()["primary"].value

# Versions


def version_is_in_url(reader: Reader) -> bool:
    answers = [reader.get(endpoint, "primary") for endpoint in ENDPOINTS]
    return all("/api/v1/" in answer.headers["Location"] for answer in answers if 300 <= answer.status < 400)


CLAUSES: dict[str, Callable[[Reader], bool]] = {
    "VER-1": version_is_in_url,
    "DISC-1": discovery_is_open,
    "DISC-2": discovery_names_endpoints,
    "AUTH-1": refuses(None),
    "AUTH-2": refuses(f"Bearer 1iv_{'Zq3' * 15}x", "Bearer nothing-like-a-key"),
    "AUTH-3": refuses(f"Bearer {keys()['revoked'].value}"),
    "AUTH-4": only_bearer_counts,
    "AUTH-5": refuses(*_near_misses(PRIMARY_KEY)),
    "AUTH-6": serves_valid_keys,
    "ORG-1": keeps_apart(_plain),
    "ORG-2": keeps_apart(_filtered),
    "ORG-3": keeps_apart(_past_the_end),
    "MEM-1": is_list("/members"),
    "MEM-2": pages_have_default_size,
    "MEM-3": pages_have_asked_size,
    "MEM-4": pages_have_maximum,
    "MEM-5": pages_tile,
    "MEM-6": pages_count_from_zero,
    "MEM-7": member_filters_are_exact,
    "MEM-8": filter_and_paging_combine,
    "QUO-1": is_list("/quotes"),
    "QUO-2": documents.document_filters_are_exact("/quotes"),
    "QUO-3": documents.quotes_have_status_and_total,
    "QUO-4": documents.quotes_have_tokens,
    "QUO-5": documents.quotes_have_signing,
    "INV-1": is_list("/invoices"),
    "INV-2": documents.document_filters_are_exact("/invoices"),
    "INV-3": documents.invoices_have_payment_status,
    "INV-4": documents.invoices_have_due_date,
    "INV-5": documents.due_dates_exist,
    "ERR-1": bad_input_is_no_crash,
    "ERR-2": good_input_is_served,
}
