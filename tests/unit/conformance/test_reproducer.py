import shlex

from oneinvoice_conformance.deployment import Deployment, other_schemes
from oneinvoice_conformance.exchange import NOBODY, Request
from oneinvoice_conformance.reproducer import curl

from tests.unit.conformance.fakes import BASE, KEYS, VALID

DEPLOYMENT = Deployment(BASE, KEYS, (("X-Gate", "open-sesame"),))


def test_a_line_with_the_key_in_a_variable():
    line = curl(Deployment(BASE, KEYS), Request("members", VALID, (("limit", "7"), ("status", "a'b&c"))))
    assert line == (
        f"curl -i -H \"Authorization: Bearer $ONEINVOICE_KEY\" '{BASE}/api/v1/members?limit=7&status=a%27b%26c'"
    )


def test_a_line_without_credentials():
    assert curl(Deployment(BASE, KEYS), Request("", NOBODY)) == f"curl -i '{BASE}/api/v1'"


def test_a_line_with_headers_of_the_request():
    line = curl(DEPLOYMENT, Request("members", NOBODY, headers=(("X-Odd", "it's $HOME"),)))
    assert shlex.split(line) == ["curl", "-i", "-H", "X-Odd: it's $HOME", "-H", "X-Gate: …", f"{BASE}/api/v1/members"]


def test_a_line_holds_no_secret_and_is_one_command():
    for credential in other_schemes(KEYS["primary"]):
        line = curl(DEPLOYMENT, Request("quotes", credential))
        assert KEYS["primary"] not in line
        assert "open-sesame" not in line
        assert "-H 'X-Gate: …'" in line
        assert shlex.split(line)[-1] == f"{BASE}/api/v1/quotes"
