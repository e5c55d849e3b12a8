import pytest

from tests.miniatures import FREE, Deployment
from tests.miniatures.freedoms import sizes
from tests.unit.miniatures.reader import in_process


@pytest.mark.parametrize(
    ("sized", "members", "quotes", "invoices", "others"),
    [
        (sizes.Empty, 0, 0, 0, 23),
        (sizes.OtherEmpty, 450, 60, 120, 0),
        (sizes.OneMember, 1, 60, 120, 23),
        (sizes.TwelveMembers, 12, 60, 120, 23),
        (sizes.FiftyMembers, 50, 60, 120, 23),
        (sizes.FiftyOneMembers, 51, 60, 120, 23),
        (sizes.TwoHundredMembers, 200, 60, 120, 23),
        (sizes.TwelveHundredMembers, 1200, 60, 120, 23),
        (sizes.AllMembersActive, 450, 60, 120, 23),
        (sizes.NoDocuments, 450, 0, 0, 23),
        (sizes.OnlyDrafts, 450, 9, 15, 23),
        (sizes.NothingAnswered, 450, 26, 70, 23),
    ],
)
def test_sizes(sized: type[Deployment], members: int, quotes: int, invoices: int, others: int):
    reader = in_process(sized())
    assert [reader.get(target).json["count"] for target in ("/members", "/quotes", "/invoices")] == [
        members,
        quotes,
        invoices,
    ]
    assert reader.get("/members", "other").json["count"] == others


def test_every_size_is_looked_at():
    assert sum(each.deployment.__module__ == sizes.__name__ for each in FREE.values()) == 12


def test_members_have_names_of_their_own_in_the_largest():
    reader = in_process(sizes.TwelveHundredMembers())
    pages = [reader.get(f"/members?limit=200&offset={offset}").json["items"] for offset in range(0, 1200, 200)]
    emails = [member["email"] for page in pages for member in page]
    assert len(set(emails)) == 1200


def test_everybody_is_active():
    assert in_process(sizes.AllMembersActive()).get("/members?status=active").json["count"] == 450
