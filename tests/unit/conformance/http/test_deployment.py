import base64

import pytest
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.credentials import Role, near_misses, other_schemes, unknown_key
from oneinvoice_conformance.http.deployment import Deployment, check_keys, parse_url

from tests.unit.conformance.fakes import KEYS

KEY = KEYS["primary"]


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://staging.example", "https://staging.example"),
        ("https://staging.example/", "https://staging.example"),
        ("https://staging.example/api/v1", "https://staging.example"),
        ("https://staging.example/api/v1/", "https://staging.example"),
        ("https://staging.example/some/base/api/v1/", "https://staging.example/some/base"),
        ("https://staging.example/some/base/", "https://staging.example/some/base"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/api/v1", "http://[::1]:8080"),
        (" https://staging.example\n", "https://staging.example"),
        ("HTTPS://Staging.example/Api/V1", "https://Staging.example/Api/V1"),
    ],
)
def test_base_is_origin_and_path_without_the_version(given: str, base: str):
    assert parse_url(given) == base


@pytest.mark.parametrize(
    "given",
    [
        "",
        "staging.example",
        "ftp://staging.example",
        "https://",
        "https:///api/v1",
        "https://staging.example:port",
        "https://staging.example:99999",
        "https://[::1",
        "https://staging.example?key=1",
        "https://staging.example#top",
        "https://staging example",
        "https://user:hunter2-secret@staging.example",
        "https://user:hunter2-secret@[staging",
    ],
)
def test_what_is_no_address_of_a_deployment_is_refused_in_one_sentence(given: str):
    with pytest.raises(UsageError, match=r"^[^\n]+; [^\n]+\.$|^[^\n]+ instead\.$") as refusal:
        parse_url(given)
    assert "hunter2-secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("keys", "option"),
    [
        ({"primary": "abc"}, "--key"),
        ({"primary": "1IV_abcdef"}, "--key"),
        ({"primary": KEY, "other": "Bearer 1iv_abc"}, "--other-key"),
        ({"revoked": "1iv_"}, "--revoked-key"),
        ({"sibling": "1iv_abc def"}, "--sibling-key"),
        ({"sibling": "1iv_abcdéf"}, "--sibling-key"),
        ({"primary": "1iv_abc\x00def"}, "--key"),
    ],
)
def test_a_key_that_can_be_none_is_refused_without_being_shown(keys: dict[str, str], option: str):
    with pytest.raises(UsageError, match=option) as refusal:
        check_keys(keys)
    assert all(key.removeprefix("1iv_") not in str(refusal.value) for key in keys.values() if len(key) > 4)


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (f'"{KEY}"', "is in quotation marks"),
        (f"'{KEY}'", "is in quotation marks"),
        (f"“{KEY}”", "is in quotation marks"),
        (f'{KEY}"', "is in quotation marks"),
        ('""', "is in quotation marks"),
        (f"Bearer {KEY}", "or Bearer in front"),
        (f"bearer  {KEY}", "or Bearer in front"),
        (f"Authorization: Bearer {KEY}", "or Bearer in front"),
        (f"Authorization={KEY}", "or Bearer in front"),
        (f"\ufeff{KEY}", r"an invisible character in it \(U\+FEFF\)"),
        (f"{KEY}\u200b", r"an invisible character in it \(U\+200B\)"),
        (f"{KEY[:9]}\u202e{KEY[9:]}", r"an invisible character in it \(U\+202E\)"),
        (f"{KEY[:9]}\x9b{KEY[9:]}", r"an invisible character in it \(U\+009B\)"),
        (f"{KEY[:9]}\n{KEY[9:]}", "a space or a line break in it"),
        (f"{KEY[:9]}\u00a0{KEY[9:]}", "a space or a line break in it"),
        (f"{KEY} {KEYS['other']}", "a space or a line break in it"),
        ("1iv_...", "stands for a key"),
        ("1iv_<your_key>", "stands for a key"),
        (f"{KEY[:9]}…{KEY[-4:]}", "stands for a key"),
        ("1iv_***", "stands for a key"),
    ],
)
def test_what_is_wrong_with_a_key_is_said_in_one_sentence(key: str, what: str):
    with pytest.raises(UsageError, match=f"^The value of --key [^\n]*{what}[^\n]*; [^\n]+\\.$") as refusal:
        check_keys({Role.PRIMARY: key})
    assert KEY[4:9] not in str(refusal.value)
    assert str(refusal.value).isprintable()


def test_two_keys_that_are_one_are_refused():
    with pytest.raises(UsageError, match="--key and --revoked-key are one") as refusal:
        check_keys({"primary": KEY, "other": KEYS["other"], "revoked": KEY})
    assert KEY not in str(refusal.value)


def test_four_different_keys_are_taken():
    check_keys(KEYS)


def test_a_revoked_key_is_no_valid_credential():
    deployment = Deployment("https://staging.example", KEYS)
    valid = {role for role in KEYS if (credential := deployment.credential(role)) and credential.valid}
    assert valid == {"primary", "sibling", "other"}
    assert Deployment("https://staging.example", {}).credential("primary") is None


def test_a_deployment_shows_no_secret():
    shown = repr(Deployment("https://staging.example", KEYS, (("X-Gate", "open-sesame"),)))
    assert not [secret for secret in (*KEYS.values(), "open-sesame") if secret in shown]


def test_unknown_keys_are_new_and_of_the_documented_shape():
    one, two = unknown_key(), unknown_key()
    assert one.authorization != two.authorization
    assert one.authorization
    check_keys({"primary": one.authorization.removeprefix("Bearer ")})
    assert not one.valid


@pytest.mark.parametrize("key", [KEY, "1iv_A", "1iv_a", "1iv_0", "1iv_ab", "1iv_zzzz", "1iv_" + "9" * 40])
def test_no_near_miss_is_the_key(key: str):
    sent = [credential.authorization for credential in near_misses(key)]
    assert len(set(sent)) >= 3
    assert f"Bearer {key}" not in sent


def test_near_misses_are_truncated_extended_and_changed():
    sent = [(credential.authorization or "").removeprefix("Bearer ") for credential in near_misses(KEY)]
    assert sent[0] == KEY[:-1]
    assert sent[1] == KEY + "0"
    assert sent[2] == "1iv_" + KEY[4:].swapcase()
    assert [len(near) for near in sent[3:]] == [len(KEY), len(KEY)]
    assert [sum(a != b for a, b in zip(near, KEY, strict=True)) for near in sent[3:]] == [1, 1]


def test_basic_has_the_key_as_user_name_or_as_password():
    expected = {
        Role.BASIC_SCHEME: f"{KEY}:{KEY}",
        Role.BASIC_USER: f"{KEY}:",
        Role.BASIC_SECRET: f":{KEY}",
        Role.BASIC_ALONE: KEY,
    }
    for role, text in expected.items():
        scheme, _, encoded = (other_schemes(KEY)[role].authorization or "").partition(" ")
        assert (scheme, base64.b64decode(encoded).decode()) == ("Basic", text)


def test_each_scheme_has_the_key_in_its_own_way():
    credentials = other_schemes(KEY)
    assert all(role is credential.role for role, credential in credentials.items())
    assert len({credential.authorization for credential in credentials.values()}) == len(credentials)
    assert not [each for each in credentials.values() if str(each.authorization).startswith("Bearer ") or each.valid]
