"""The heads of greased answers."""

from __future__ import annotations

from oneinvoice_impl.mock.grease.heads import greased_head

HEAD = (
    b"HTTP/1.1 200 OK\r\ndate: Sun, 29 Nov 2026 18:45:13 GMT\r\ncontent-type: application/json\r\nvary: a\r\n"
    b"x-mock-grease: 7.1\r\nvary: b: c\r\ncontent-length: 2\r\n\r\n"
)


def test_names_are_in_another_case_and_order_and_values_stay() -> None:
    heads = [greased_head(HEAD, f"7.{number}") for number in range(50)]
    for head in heads:
        status, *lines = head.split(b"\r\n")
        assert (status, lines[-2:]) == (b"HTTP/1.1 200 OK", [b"", b""])
        assert sorted(_lower(line) for line in lines) == sorted(HEAD.split(b"\r\n")[1:])
        assert [line.partition(b": ")[2] for line in lines if line.lower().startswith(b"vary")] == [b"a", b"b: c"]
    assert len({tuple(line.partition(b":")[0].lower() for line in head.split(b"\r\n")) for head in heads}) > 30
    for form in (b"content-type", b"Content-Type", b"CONTENT-TYPE"):
        assert any(form + b": application/json" in head for head in heads)
    assert heads[0] == greased_head(HEAD, "7.0")


def _lower(line: bytes) -> bytes:
    name, colon, value = line.partition(b":")
    return name.lower() + colon + value
