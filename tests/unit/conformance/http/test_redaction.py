import html
import json
import string
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import near_misses, other_schemes
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.http.redaction import Redactor, without_cookies, without_secrets
from oneinvoice_conformance.session.rule_context import RuleContext

from tests.unit.conformance.fakes import BASE, KEYS, NAMES, Served, Skipping, Within

STEADY = settings(derandomize=True, database=None, deadline=None, max_examples=60)
ALPHABET = string.ascii_letters + string.digits
KEY = st.text(ALPHABET, min_size=20, max_size=60).map(lambda text: f"1iv_{text}")
HEADER = st.text(string.printable[:94], min_size=8, max_size=40)
AROUND = st.text(st.characters(exclude_characters=ALPHABET + "_"), max_size=20)


def redactor(key: str, *headers: str) -> Redactor:
    return Redactor(Deployment(BASE, {"primary": key}, tuple(("X-Gate", value) for value in headers)))


def derived(key: str) -> list[str]:
    credentials = (*near_misses(key), *other_schemes(key).values())
    return [(credential.authorization or "").partition(" ")[2] for credential in credentials]


def test_a_key_is_replaced_by_its_variable():
    redact = Redactor(Deployment(BASE, KEYS))
    text = f"{KEYS['primary']}, {KEYS['other']} and {KEYS['revoked']}"
    assert redact(text) == "$ONEINVOICE_KEY, $ONEINVOICE_OTHER_KEY and $ONEINVOICE_REVOKED_KEY"
    assert redact("nothing to hide in 1iv_") == "nothing to hide in 1iv_"
    assert Redactor(Deployment(BASE, {}))("1iv_abc") == "1iv_abc"


def test_what_stands_round_a_secret_stays():
    redact = redactor(KEYS["primary"], "open sesame, please")
    text = f'{{"a": "{KEYS["primary"]}x", "b": ["open sesame, please"]}}'
    assert json.loads(redact(text)) == {"a": "$ONEINVOICE_KEYx", "b": ["<X-Gate>"]}


@pytest.mark.parametrize("odd", ["İ", "ı", "ſ", "K", "I", "S"])
def test_letters_that_differ_in_case_alone_are_the_same(odd: str):
    plain = {"İ": "i", "ı": "i", "ſ": "s", "K": "k"}.get(odd, odd.lower())
    redact = redactor(f"1iv_{plain * 40}")
    assert f"{odd * 12}" not in redact(f"é {odd * 40}.")
    assert redact(f"é {odd * 40}.").startswith("é $ONEINVOICE_KEY")


@pytest.mark.parametrize("value", ["1", "true", "staging", "kit"])
def test_a_header_too_short_to_be_a_secret_stays(value: str):
    assert redactor(KEYS["primary"], value)("1 true staging kit") == "1 true staging kit"


@STEADY
@given(KEY, AROUND, AROUND, st.integers(0, 100))
def test_no_form_of_a_key_survives(key: str, before: str, after: str, which: int):
    forms = [key, key.removeprefix("1iv_"), *derived(key)]
    form = forms[which % len(forms)]
    redacted = redactor(key)(f"{before}{form}{after}")
    assert form[:12] not in redacted
    assert redacted.startswith(before)


def each(form: str):
    """Write each character of a key in that form, by its code."""
    return lambda key: "".join(form.format(ord(character)) for character in key)


ESCAPED = {
    "URL": each("%{:02X}"),
    "URL in small letters": each("%{:02x}"),
    "URL twice": each("%25{:02X}"),
    "JSON": each("\\u{:04x}"),
    "JSON in JSON": each("\\\\u{:04X}"),
    "JavaScript": each("\\x{:02x}"),
    "JavaScript in braces": each("\\u{{{:x}}}"),
    "escape()": each("%u{:04x}"),
    "HTML": each("&#{};"),
    "HTML, filled up": each("&#{:07};"),
    "HTML in hexadecimal": each("&#x{:X};"),
    "HTML twice": each("&amp;#{};"),
    "HTML of odd ones": lambda key: key.replace("_", "&lowbar;"),
    "some of them": lambda key: "".join(f"%{ord(each):02X}" if at % 3 == 0 else each for at, each in enumerate(key)),
    "hexadecimal": lambda key: key.encode().hex(),
    "HEXADECIMAL": lambda key: key.encode().hex().upper(),
    **{
        f"Base64 behind {before!r}": lambda key, before=before: b64encode(f"{before}{key}z".encode()).decode()
        for before in ("", "a", "ab", "Bearer ", "user:")
    },
    "Base64 for URLs": lambda key: urlsafe_b64encode(f"?{key}".encode()).decode(),
    "Base64 in a URL": lambda key: each("%{:02X}")(b64encode(key.encode()).decode()),
}


@pytest.mark.parametrize("form", ESCAPED)
@STEADY
@given(KEY, AROUND.filter(lambda text: not set(text) & set("\\%&")), st.booleans())
def test_an_encoded_key_is_a_key(form: str, key: str, around: str, cut: bool):
    written = ESCAPED[form](key)
    redacted = redactor(key)(f'{around} "{written[: len(written) * 4 // 5] if cut else written}" {around}')
    assert redacted.startswith(f'{around} "')
    assert redacted.endswith(f'" {around}')
    assert "$ONEINVOICE_KEY" in redacted
    assert len(redacted) - 2 * len(around) < 35, redacted


def test_what_is_escaped_round_an_encoded_key_stays():
    key = KEYS["primary"]
    text = f"%41 &#66; \\u0043 &amp; {ESCAPED['URL'](key)} and {ESCAPED['HTML'](key)} &#67;\\x44"
    assert redactor(key)(text) == "%41 &#66; \\u0043 &amp; $ONEINVOICE_KEY and $ONEINVOICE_KEY &#67;\\x44"


def test_placeholders_stay_and_passwords_go():
    told = "write it like http://proxy.example:3128, before the host with USER:PASSWORD@ if it wants them"
    assert without_secrets(told) == told
    assert (
        without_secrets("give --proxy http://USER:PASSWORD@HOST:PORT") == "give --proxy http://USER:PASSWORD@HOST:PORT"
    )
    assert without_secrets("'http://root:hunter@2@host' and USER:PASSWORD@") == "'http://…@host' and USER:PASSWORD@"


@STEADY
@given(KEY, st.sampled_from([str.upper, str.lower, str.swapcase, str.title]), AROUND)
def test_a_key_in_another_letter_case_is_a_key(key: str, change, after: str):
    assert key[:12].lower() not in redactor(key)(change(key) + after).lower()


@STEADY
@given(KEY, st.integers(12, 60), AROUND)
def test_a_key_cut_off_is_a_key(key: str, length: int, before: str):
    assert key[:12] not in redactor(key)(before + key[:length])


@STEADY
@given(
    HEADER.map(str.strip).filter(lambda value: len(value) >= 8),
    st.sampled_from(
        [str, json.dumps, repr, html.escape, lambda value: quote(value, safe=""), lambda value: " ".join(value.split())]
    ),
    AROUND,
)
def test_no_header_survives_in_any_spelling(value: str, spell, before: str):
    spelled = spell(value)
    redacted = redactor(KEYS["primary"], value)(before + spelled)
    assert value not in redacted
    assert spelled[:14] not in redacted


def test_a_token_behind_its_scheme_is_a_secret_too():
    assert redactor(KEYS["primary"], "Basic dXNlcjpzZXNhbWU=")("token=dXNlcjpzZXNhbWU=") == "token=<X-Gate>"


def test_slashes_may_be_escaped_as_in_php():
    assert redactor(KEYS["primary"], "ab/cd/ef/gh/ij")('"ab\\/cd\\/ef\\/gh\\/ij"') == '"<X-Gate>"'


class Echo(Client):
    """A deployment that echoes what it was sent, in every way that it can."""

    def __init__(self, deployment: Deployment, status: int, shape: int) -> None:
        super().__init__(deployment, pacer=Pacer(clock=Skipping()), transport=Within(self._echo))
        self.status, self.shape = status, shape

    def _echo(self, _target: str, headers: dict[str, str]) -> Served:
        sent = list(headers.items())
        secret = " ".join(value for _, value in sent)
        record = {
            "id": 1,
            "status": f"accepted {secret}",
            "total": f"{'x' * 30}{secret}",
            "due": secret,
            "public_token": secret,
        }
        shapes = ([record, record | {"id": 2}], {"a": [record], "b": [record], secret: []}, {secret: secret}, secret)
        if self.shape == len(shapes):
            raise OSError(f"cut off after {secret}")
        answered = (*sent, ("Location", f"/{secret}"), (f"X-{secret.split()[-1]}", "1"), ("Content-Type", secret))
        return self.status, answered, json.dumps(shapes[self.shape]).encode()


def test_the_sentence_that_stops_a_run_is_redacted_by_who_prints_it():
    # The command line does it; see tests/acceptance/test_conform_options.py. Here: what there would be to redact.
    client = Echo(Deployment(BASE, KEYS), 404, 0)
    assert KEYS["primary"] in str(RuleContext(client, NAMES).ask("members").header("Content-Type"))


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("Set-Cookie", "session=8f1c; Path=/; HttpOnly", "session=<cookie>; Path=/; HttpOnly"),
        ("set-cookie", 'a="x=y"; Max-Age=60', "a=<cookie>; Max-Age=60"),
        (
            "Set-Cookie",
            "a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
            "a=<cookie>; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
        ),
        ("Set-Cookie", "a=1; Secure, b=2; Path=/", "a=<cookie>; Secure, b=<cookie>; Path=/"),
        ("Set-Cookie", "gone=; Max-Age=0", "gone=; Max-Age=0"),
        ("Cookie", "a=1; b=2=3", "a=<cookie>; b=<cookie>"),
        ("X-Cookie", "a=1", "a=1"),
    ],
)
def test_of_a_cookie_the_name_alone_is_kept(name: str, value: str, kept: str) -> None:
    assert without_cookies(name, value) == kept


@STEADY
@given(KEY, st.binary(max_size=8), st.binary(max_size=8), st.booleans())
def test_a_key_in_base64_is_replaced_wherever_it_begins(key: str, before: bytes, behind: bytes, for_urls: bool):
    encode = urlsafe_b64encode if for_urls else b64encode
    encoded = encode(before + key.encode() + behind).decode()
    shown = redactor(key)(encoded)
    assert "$ONEINVOICE_KEY" in shown
    rest = shown.replace("$ONEINVOICE_KEY", "")
    assert len(rest) <= len(encode(before + behind)) + 4, "and little is left of it"


def test_escapes_that_hide_nothing_stay():
    text = "100%25 \\u00e9 \\u{ffffffff} \\u{10ffff} &eacute; &#99999999; &nothing; %zz"
    assert redactor(KEYS["primary"])(text) == text
