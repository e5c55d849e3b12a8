"""Deliveries that aren't signed, or not as documented."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64encode
from dataclasses import replace
from typing import Any

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment
from tests.miniatures.events import EventOccurrence
from tests.miniatures.hooks import Delivery, Webhook

SIGNATURE = "X-1Invoice-Signature"


class _Unsigned(Deployment):
    """Leaves out the signature of some deliveries."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        headers = super().headers(event, body, secret)
        return headers if self.signs(event) else {name: headers[name] for name in headers if name != SIGNATURE}

    def signs(self, event: str) -> bool:
        return False


@fault("HOOK-4")
class NeverSigned(_Unsigned):
    """No delivery is signed."""


@fault("HOOK-4")
class EverySecondUnsigned(_Unsigned):
    """Every second delivery isn't signed."""

    signed = False

    def signs(self, event: str) -> bool:
        self.signed = not self.signed
        return self.signed


@fault("HOOK-4")
class RejectedQuotesUnsigned(_Unsigned):
    """The delivery of quote.rejected isn't signed."""

    def signs(self, event: str) -> bool:
        return event != "quote.rejected"


@fault("HOOK-4")
class SignatureHeaderMisspelt(_Unsigned):
    """The signature is in X-1Invoice-Sign."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return super().headers(event, body, secret) | {"X-1Invoice-Sign": self.sign(body, secret)}


@fault("HOOK-4")
class SignaturesEmpty(Deployment):
    """The signature is empty."""

    def sign(self, body: bytes, secret: str) -> str:
        return ""


@fault("HOOK-4")
class SignaturesTruncated(Deployment):
    """The signature is cut to 32 digits."""

    def sign(self, body: bytes, secret: str) -> str:
        return super().sign(body, secret)[:32]


@fault("HOOK-4")
class SignaturesPrefixed(Deployment):
    """The signature begins with sha256=."""

    def sign(self, body: bytes, secret: str) -> str:
        return f"sha256={super().sign(body, secret)}"


@fault("HOOK-4")
class SignaturesQuoted(Deployment):
    """The signature stands in quotation marks."""

    def sign(self, body: bytes, secret: str) -> str:
        return f'"{super().sign(body, secret)}"'


@fault("HOOK-4")
class SignaturesInBase64(Deployment):
    """The signature is Base64, not hex."""

    def sign(self, body: bytes, secret: str) -> str:
        return b64encode(bytes.fromhex(super().sign(body, secret))).decode()


@fault("HOOK-4")
class SignedBySha1(Deployment):
    """The signature is HMAC-SHA1."""

    def sign(self, body: bytes, secret: str) -> str:
        return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


@fault("HOOK-4")
class SignedBySha512(Deployment):
    """The signature is HMAC-SHA512."""

    def sign(self, body: bytes, secret: str) -> str:
        return hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()


@fault("HOOK-4")
class SignedByTruncatedSha512(Deployment):
    """The signature is HMAC-SHA512, cut to the length of the documented one."""

    def sign(self, body: bytes, secret: str) -> str:
        return hmac.new(secret.encode(), body, hashlib.sha512).hexdigest()[:64]


@fault("HOOK-4")
class HashWithoutKey(Deployment):
    """The signature is the bare SHA-256 of the body."""

    def sign(self, body: bytes, secret: str) -> str:
        return hashlib.sha256(body).hexdigest()


@fault("HOOK-4")
class HashOfSecretAndBody(Deployment):
    """The signature is the SHA-256 of the secret and the body, one after the other."""

    def sign(self, body: bytes, secret: str) -> str:
        return hashlib.sha256(secret.encode() + body).hexdigest()


@fault("HOOK-4")
class SignedWithBodyAsKey(Deployment):
    """The secret is signed, with the body as the key."""

    def sign(self, body: bytes, secret: str) -> str:
        return super().sign(secret.encode(), body.decode())


class _OtherSecret(Deployment):
    """Signs with something else than the secret."""

    def sign(self, body: bytes, secret: str) -> str:
        return hmac.new(self.key(secret), body, hashlib.sha256).hexdigest()

    def key(self, secret: str) -> bytes:
        raise NotImplementedError


@fault("HOOK-4")
class SignedWithOtherSecret(_OtherSecret):
    """The secret is another one."""

    def key(self, secret: str) -> bytes:
        return b"the secret of another webhook"


@fault("HOOK-4")
class SignedWithEmptySecret(_OtherSecret):
    """The secret is empty."""

    def key(self, secret: str) -> bytes:
        return b""


@fault("HOOK-4")
class SignedWithSecretAndNewline(_OtherSecret):
    """The secret ends with the new line of the file that it is read from."""

    def key(self, secret: str) -> bytes:
        return f"{secret}\n".encode()


@fault("HOOK-4")
class SignedWithSecretFromHex(_OtherSecret):
    """The secret is decoded from hex, as far as it is such."""

    def key(self, secret: str) -> bytes:
        pairs = re.match(r"(?:[0-9A-Fa-f]{2})*", secret)
        return bytes.fromhex(pairs[0] if pairs else "")


@fault("HOOK-4")
class SignedWithSecretInBase64(_OtherSecret):
    """The secret is encoded in Base64 before it signs."""

    def key(self, secret: str) -> bytes:
        return b64encode(secret.encode())


@fault("HOOK-4")
class SignedWithHashOfSecret(_OtherSecret):
    """The secret is kept as a hash, and that signs."""

    def key(self, secret: str) -> bytes:
        return hashlib.sha256(secret.encode()).hexdigest().encode()


class _WrittenAnew(Deployment):
    """Signs not the body that is sent, but its JSON written anew."""

    def sign(self, body: bytes, secret: str) -> str:
        return super().sign(self.anew(json.loads(body)), secret)

    def anew(self, content: Any) -> bytes:
        raise NotImplementedError


@fault("HOOK-4")
class SortedJsonSigned(_WrittenAnew):
    """What is signed is the JSON with its names sorted."""

    def anew(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ": "), sort_keys=True).encode()


@fault("HOOK-4")
class CompactJsonSigned(_WrittenAnew):
    """What is signed is the JSON without blanks."""

    def anew(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


@fault("HOOK-4")
class EscapedJsonSigned(_WrittenAnew):
    """What is signed is the JSON with escapes beyond ASCII."""

    def anew(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ": ")).encode()


@fault("HOOK-4")
class CanonicalJsonSigned(_WrittenAnew):
    """What is signed is the JSON compact, sorted and escaped."""

    def anew(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


@fault("HOOK-4")
class IndentedJsonSigned(_WrittenAnew):
    """What is signed is the JSON as it is indented in the log."""

    def anew(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, indent=2).encode()


@fault("HOOK-4")
class ResourceSigned(_WrittenAnew):
    """What is signed is the resource, without what is around it."""

    def anew(self, content: Any) -> bytes:
        return self.encode(content.get("invoice") or content["quote"])


@fault("HOOK-4")
class BodyAndNewlineSigned(Deployment):
    """What is signed is the body and a new line after it."""

    def sign(self, body: bytes, secret: str) -> str:
        return super().sign(body + b"\n", secret)


@fault("HOOK-4")
class EmptyBodySigned(Deployment):
    """What is signed is nothing, for the body was read before."""

    def sign(self, body: bytes, secret: str) -> str:
        return super().sign(b"", secret)


@fault("HOOK-4")
class EventSigned(Deployment):
    """What is signed is the name of the event."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return super().headers(event, body, secret) | {SIGNATURE: self.sign(event.encode(), secret)}


@fault("HOOK-4")
class TimestampSigned(Deployment):
    """What is signed is a timestamp, which has a header of its own, a dot and the body."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        signature = self.sign(b"1767225600." + body, secret)
        told = {"X-1Invoice-Timestamp": "1767225600", SIGNATURE: signature}
        return super().headers(event, body, secret) | told


@fault("HOOK-4")
class TimestampInSignature(Deployment):
    """The signature tells a timestamp too, as t=...,v1=..."""

    def sign(self, body: bytes, secret: str) -> str:
        return f"t=1767225600,v1={super().sign(b'1767225600.' + body, secret)}"


@fault("HOOK-4")
class PreviousBodySigned(Deployment):
    """What is signed is the body of the delivery before, from the second delivery on."""

    previous: bytes | None = None

    def sign(self, body: bytes, secret: str) -> str:
        signed, self.previous = self.previous or body, body
        return super().sign(signed, secret)


class _Repeated(Deployment):
    """Every delivery comes twice, and the second time something is wrong with it."""

    def deliveries(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        first = self.delivery(occurrence, webhook)
        return [first, self.repeated(first, occurrence, webhook)]

    def repeated(self, first: Delivery, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        raise NotImplementedError


@fault("HOOK-4")
class RepetitionsUnsigned(_Repeated):
    """Every delivery comes twice, the second time without a signature."""

    def repeated(self, first: Delivery, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        headers = {name: value for name, value in first.headers.items() if name != SIGNATURE}
        return replace(first, headers=headers)


@fault("HOOK-4")
class RepetitionsSignedAsFirst(_Repeated):
    """Every delivery comes twice, the second time with another body and the signature of the first."""

    def repeated(self, first: Delivery, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        anew = self.delivery(occurrence, webhook)
        return replace(anew, headers={**anew.headers, SIGNATURE: first.headers[SIGNATURE]})


@fault("HOOK-4")
class RefusedRepeatedWithOldSignature(Deployment):
    """What the receiver could not handle is sent again with the attempt in its body, and the first signature."""

    def repetition(self, delivery: Delivery) -> Delivery:
        body = delivery.body.replace(b"{", b'{"attempt": 2,', 1)
        return replace(delivery, body=body, headers={**delivery.headers, "Content-Length": str(len(body))})


@fault("HOOK-4")
class RefusedRepeatedUnsigned(Deployment):
    """What the receiver could not handle is sent again without its signature."""

    def repetition(self, delivery: Delivery) -> Delivery:
        return replace(delivery, headers={name: v for name, v in delivery.headers.items() if name != SIGNATURE})
