"""Diagnosis of signatures: each usual mistake is named, alone and together with another."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.diagnosis.json_traits import difference
from oneinvoice_conformance.webhooks.diagnosis.json_writers import combinations, rewritings, written_by
from oneinvoice_conformance.webhooks.diagnosis.mistakes import diagnose
from oneinvoice_conformance.webhooks.signing import sign

DATA = Path(__file__).parents[3] / "data"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZg=="
BODY = '{"id":"evt_1","event":"invoice.paid","at":"2026-01-05","data":{"url":"https://x.example/?a=1&b=<2>","to":"Bølgen"}}'.encode()
MAC = hmac.digest(SECRET.encode(), BODY, "sha256")
SERIALISERS: dict[str, Any] = json.loads((DATA / "serialisers.json").read_text("utf-8"))
WRITTEN = SERIALISERS["body"].encode()
UNKNOWN = "matches neither this secret"


def _delivery(body: bytes = BODY, number: int = 2, **headers: str) -> Delivery:
    named = {"X-1Invoice-Event": "invoice.paid", "Host": "x.example"} | {
        k.replace("_", "-"): v for k, v in headers.items()
    }
    return Delivery(number, 0.0, "POST", "/hook?a=1", tuple(named.items()), body)


def _said(
    header: str, *, body: bytes = BODY, secret: str = SECRET, others: tuple[Delivery, ...] = (), **headers: str
) -> str:
    return diagnose(_delivery(body, **headers), header, secret, others)


def _hex(message: bytes = BODY, key: bytes = SECRET.encode(), name: str = "sha256") -> str:
    return hmac.digest(key, message, name).hex()


@pytest.mark.parametrize("case", json.loads((DATA / "signatures.json").read_text()), ids=lambda case: str(case["said"]))
def test_deliveries_that_were_met(case: dict[str, str]) -> None:
    body = base64.b64decode(case["body"])
    if case["said"] is None:
        assert case["signature"] == sign(body, case["secret"])
    else:
        assert case["said"] in diagnose(_delivery(body), case["signature"], case["secret"])


@pytest.mark.parametrize("text", SERIALISERS["texts"], ids=lambda text: f"{text['serialiser']} {text['call']}")
def test_texts_of_real_serialisers_are_known(text: dict[str, str]) -> None:
    written = text["text"].encode()
    assert written == WRITTEN or written in {*rewritings(WRITTEN), *combinations(WRITTEN)}


@pytest.mark.parametrize(
    ("serialiser", "call", "name"),
    [
        ("Node", "JSON.stringify(v)", "JavaScript's JSON.stringify"),
        ("PHP", "json_encode(json_decode($b), 0)", "PHP's json_encode"),
        ("PHP", "json_encode(json_decode($b, true), 0)", "PHP's json_encode after json_decode(…, true)"),
        ("Go", "json.Marshal(struct)", "Go's json.Marshal"),
        ("Go", "json.NewEncoder(w).Encode(map)", "Go's json.Encoder with a map"),
        ("Gson", "new Gson().toJson(Object)", "Gson with untyped values"),
        ("Gson", "new Gson().toJson(JsonElement)", "Gson"),
        ("Jackson", "writerWithDefaultPrettyPrinter, Map", "Jackson with its pretty printer"),
        ("Ruby", "JSON.generate(v)", "Ruby's JSON.generate"),
        ("Python", "json.dumps(v)", "Python's json.dumps"),
    ],
)
def test_a_serialiser_is_named(serialiser: str, call: str, name: str) -> None:
    (text,) = (t["text"] for t in SERIALISERS["texts"] if t["serialiser"].startswith(serialiser) and t["call"] == call)
    assert name in written_by(WRITTEN, text.encode())
    assert f", as {name} writes it" in _said(_hex(text.encode()), body=WRITTEN)


def _compact(value: Any = None, *, ascii_only: bool = False) -> str:
    return json.dumps(value or json.loads(BODY), separators=(",", ":"), ensure_ascii=ascii_only)


def _php() -> bytes:
    return _compact(ascii_only=True).replace("/", "\\/").encode()


_ENCODINGS = {
    "": bytes.hex,
    "is in base64 instead of hex": lambda mac: base64.b64encode(mac).decode(),
    "is the base64 of its hex digits": lambda mac: base64.b64encode(mac.hex().encode()).decode(),
    "as .NET's BitConverter.ToString writes it": lambda mac: mac.hex("-").upper(),
    "colons": lambda mac: mac.hex(":"),
    "is cut short to 32 of 64 hex digits": lambda mac: mac.hex()[:32],
    "list of numbers": lambda mac: str([byte - 256 if byte > 127 else byte for byte in mac]),
    "has Python's b'' round it": lambda mac: str(base64.b64encode(mac)),
    "is the text of a Buffer": lambda mac: f"<Buffer {mac.hex(' ')}>",
    "has the prefix '0x'": lambda mac: f"0x{mac.hex()}",
    "base32": lambda mac: base64.b32encode(mac).decode(),
}
_SECRETS = {
    "": SECRET,
    "the secret's prefix was stripped": SECRET.removeprefix("whsec_"),
    "without its prefix 'whsec_', decoded from base64": base64.b64decode(SECRET.removeprefix("whsec_")),
    "is with the secret and a line break at its end": SECRET + "\n",
    "is with the secret and a carriage return at its end": SECRET + "\r",
    "is with the SHA-256 of the secret": hashlib.sha256(SECRET.encode()).digest(),
    "is with an empty secret": "",
    "is with 'undefined' for the secret": "undefined",
    'quotation marks (") round the secret': f'"{SECRET}"',
}
_HEADERS = {
    "": "{}",
    "has the prefix 'sha256='": "sha256={}",
    "has the prefix 'v1,'": "v1,{}",
    "has the prefix 'HMAC'": "HMAC {}",
    "has quotation marks or spaces": '"{}"',
    "is the element 'v1' of a list": "t=1767607200,v1={}",
    "number 2 is right": "v1=" + "ab" * 32 + ",v1={}",
    "number 1 is right": "{}," + "ab" * 32,
}
_SIGNED = {
    "": BODY,
    "(with escaped slashes and escaped to ASCII, as PHP's json_encode writes it)": _php(),
    "with &, < and > escaped, as Go's": _compact().translate({ord(c): f"\\u{ord(c):04x}" for c in "<>&"}).encode(),
    "with spaces and escaped to ASCII, as Python's": json.dumps(json.loads(BODY)).encode(),
    "line end that the body lacks (LF)": BODY + b"\n",
    "only `data` was signed": _compact(json.loads(BODY)["data"]).encode(),
    "over the body's `id` and the body": b"evt_1." + BODY,
    "over the header X-1Invoice-Event and the body": b"invoice.paid" + BODY,
    "over the URL and the body": b"https://x.example/hook?a=1" + BODY,
    "in Latin-1": BODY.decode().encode("latin-1"),
    "in UTF-16": BODY.decode().encode("utf-16-le"),
    "over the base64 of the body": base64.b64encode(BODY),
    "over an empty body": b"",
    "over the path and the body": b"/hook" + BODY,
}  # fmt: skip


@pytest.mark.parametrize("signed", _SIGNED)
@pytest.mark.parametrize("form", _SECRETS)
def test_what_was_signed_with_which_form_of_the_secret(signed: str, form: str) -> None:
    key = _SECRETS[form]
    header = _hex(_SIGNED[signed], key if isinstance(key, bytes) else key.encode())
    assert (header == sign(BODY, SECRET)) is (signed == form == "")
    if signed or form:
        said = _said(header)
        assert signed in said
        assert form in said


@pytest.mark.parametrize("encoding", _ENCODINGS)
@pytest.mark.parametrize("shape", _HEADERS)
@pytest.mark.parametrize("signed", ["", "with spaces and escaped to ASCII, as Python's", "only `data` was signed"])
def test_how_it_is_written_into_the_header(encoding: str, shape: str, signed: str) -> None:
    digits = _ENCODINGS[encoding](hmac.digest(SECRET.encode(), _SIGNED[signed], "sha256"))
    is_list = " " in digits or "," in digits  # which within another list has no meaning
    said = _said(digits if is_list else _HEADERS[shape].format(digits))
    assert encoding in said or (encoding, signed, shape) == ("", "", "")
    assert signed in said
    assert is_list or shape in said


@pytest.mark.parametrize("name", ["sha1", "sha512", "md5", "sha384"])
@pytest.mark.parametrize("form", ["", "the secret's prefix was stripped"])
def test_another_digest(name: str, form: str) -> None:
    key = _SECRETS[form]
    assert isinstance(key, str)
    said = _said(_hex(key=key.encode(), name=name))
    assert f"HMAC with {name.upper()} instead of SHA-256" in said
    assert form in said


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        (SECRET, "is the secret itself"),
        ("undefined", "nothing was computed"),
        ("sha256=undefined", "nothing was computed"),
        ("[object Promise]", "was not awaited"),
        ("System.Byte[]", ".NET's name of an array"),
        ("[B@1b6d3586", "Java's name of an array"),
        (hashlib.sha256(BODY).hexdigest(), "without the secret"),
        (hashlib.sha256(SECRET.encode() + BODY).hexdigest(), "of secret and body, and no HMAC"),
        (hashlib.md5(BODY + SECRET.encode(), usedforsecurity=False).hexdigest(), "plain MD5 of body and secret"),
        (hmac.digest(BODY, SECRET.encode(), "sha256").hex(), "in each other's place"),
        (_hex(hashlib.sha256(BODY).digest()), "is of the body's SHA-256"),
        ("00" * 32, UNKNOWN),
        ("æøå", UNKNOWN),
    ],
)
def test_other_mistakes(header: str, words: str) -> None:
    assert words in _said(header)


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
def test_signed_before_it_was_compressed(compress: Any) -> None:
    body = compress(BODY)
    assert "before it was compressed" in _said(_hex(BODY), body=body)
    anew = json.dumps(json.loads(BODY)).encode()
    assert "as Python's json.dumps writes it" in _said(_hex(anew), body=body)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (SECRET + "\r", "has a carriage return at its end"),
        (SECRET + "\r\n", "has a line break (CRLF) at its end"),
        (SECRET + "\n", "has a line break at its end"),
        (SECRET + " ", "has a space at its end"),
        (f'"{SECRET}"', "white space or quotation marks round it"),
        ("\ufeff" + SECRET, "white space or quotation marks round it"),
    ],
)
def test_the_secret_that_is_given_has_too_much(given: str, words: str) -> None:
    assert words in _said(MAC.hex(), secret=given)


def test_the_zeros_of_javas_big_integer_and_of_its_bytes() -> None:
    key = next(str(n) for n in range(1000) if _hex(key=str(n).encode()).startswith("0"))
    header = _hex(key=key.encode())
    assert "Java's BigInteger" in _said(header.lstrip("0"), secret=key)
    unpadded = "".join(f"{byte:x}" for byte in bytes.fromhex(header))
    assert "Integer.toHexString" in _said(unpadded, secret=key)


def test_the_body_of_another_delivery() -> None:
    others = (_delivery(b'{"event":"invoice.sent"}', number=1), _delivery(b'{"event":"quote.sent"}', number=9))
    assert "an earlier one, delivery 1" in _said(_hex(others[0].body), others=others)
    assert "a later one, delivery 9" in _said(_hex(others[1].body), others=others)


def test_a_time_and_an_id_of_other_headers() -> None:
    headers = {"Webhook_Id": "msg_1", "Webhook_Timestamp": "1767607200"}
    said = _said(_hex(b"msg_1.1767607200." + BODY), **headers)
    assert "the header Webhook-Id, the header Webhook-Timestamp and the body" in said


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=60), st.text(max_size=70), st.text(max_size=20))
def test_nothing_raises(body: bytes, header: str, secret: str) -> None:
    assert diagnose(_delivery(body), header, secret)


def test_the_right_signature_is_never_told() -> None:
    for header in ("", "wrong", MAC.hex()[:10], f"sha256={MAC.hex()[:20]}", SECRET):
        said = _said(header)
        assert MAC.hex() not in said
        assert SECRET not in said


def test_a_large_body_takes_no_longer_than_what_may_be_hashed() -> None:
    body = json.dumps({"event": "invoice.paid", "data": ["å" * 60] * 500}).encode()
    start = time.process_time()
    assert UNKNOWN in _said("00" * 32, body=body)
    assert "with a line end" in _said(_hex(body + b"\n"), body=body)
    assert time.process_time() - start < 30  # seconds; without a bound it would be many minutes


def test_only_json_is_written_anew() -> None:
    assert list(rewritings(b"not json")) == []
    assert b'{"a":1}' in set(rewritings(b'{ "a" : 1 }'))
    assert list(rewritings(b"[" * 100_000)) == []


@pytest.mark.parametrize(
    ("body", "text", "words"),
    [
        (b'{"a":1}', b'{"a": 1}', "with spaces"),
        (b'{"a":1}', b'{\n\t"a": 1\n}', "indented by a tab"),
        (b'{"a":1}', b'{\r\n  "a": 1\r\n}', "indented by 2, with CRLF line ends"),
        (b'{"b":1,"a":2}', b'{"a":2,"b":1}', "sorted"),
        (b'{"a":10.0}', b'{"a":10}', "with numbers as 10"),
        (b'{"a":null,"b":1}', b'{"b":1}', "with no nulls"),
        (b'{"a":{}}', b'{"a":[]}', "with what is empty as []"),
        ('{"a":"å"}'.encode(), b'{"a":"\\u00E5"}', "escaped to ASCII and with upper-case digits in escapes"),
        (b'{"a":"\\/"}', b'{"a":"/"}', "with slashes as they are"),
    ],
)
def test_a_difference_in_words(body: bytes, text: bytes, words: str) -> None:
    assert words in difference(body, text)
