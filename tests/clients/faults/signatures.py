"""Receivers that take for genuine what isn't."""

from __future__ import annotations

import re

from tests.clients.base.receiver import EVENT, SIGNATURE, Headers, Receiver
from tests.clients.decorators import fault


@fault("HOOK-2", "verifies no signature")
class VerifiesNoSignature(Receiver):
    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        return True


@fault("HOOK-2", "lets a delivery without a signature pass")
class UnsignedPasses(Receiver):
    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        return SIGNATURE not in headers or super().is_genuine(headers, body)


@fault("HOOK-2", "lets an empty signature pass")
class EmptyPasses(Receiver):
    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        return headers.get(SIGNATURE) == "" or super().is_genuine(headers, body)


@fault("HOOK-2", "takes what the signature begins with for the signature")
class StartOfSignature(Receiver):
    def matches(self, expected: str, given: str) -> bool:
        return bool(given) and expected.startswith(given)


@fault("HOOK-2", "compares as many characters as were sent")
class ComparesWhatCame(Receiver):
    def matches(self, expected: str, given: str) -> bool:
        return len(given) <= len(expected) and all(a == b for a, b in zip(expected, given, strict=False))


@fault("HOOK-2", "compares the first 32 characters alone")
class FirstHalf(Receiver):
    def matches(self, expected: str, given: str) -> bool:
        return expected[:32] == given[:32]


@fault("HOOK-2", "compares all but the last two characters")
class AllButLastByte(Receiver):
    def matches(self, expected: str, given: str) -> bool:
        return len(given) == 64 and expected[:-2] == given[:-2]


@fault("HOOK-2", "compares all but the first two characters")
class AllButFirstByte(Receiver):
    def matches(self, expected: str, given: str) -> bool:
        return len(given) == 64 and expected[2:] == given[2:]


@fault("HOOK-2", "wants 64 digits of hex, whichever they are")
class AnyHex(Receiver):
    def matches(self, expected: str, given: str) -> bool:
        return re.fullmatch(r"[0-9a-f]{64}", given) is not None


@fault("HOOK-2", "takes a signature again that was right once, whatever the body is")
class KnownSignaturePasses(Receiver):
    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        known = set(self.store.read("signatures.json") or [])
        if self.signature(headers) in known:
            return True
        if not super().is_genuine(headers, body):
            return False
        self.store.write("signatures.json", sorted(known | {self.signature(headers)}))
        return True


@fault("HOOK-2", "refuses a forgery with 401, but has its effect first")
class EffectBeforeVerdict(Receiver):
    def answer(self, headers: Headers, body: bytes) -> int:
        event = self.event(body)
        if not self.is_genuine(headers, body):
            if self.is_known(self.name(event, headers)):
                self.take(event, headers)
            return self.refused
        return super().answer(headers, body)


@fault("HOOK-2", "verifies the deliveries of quotes alone")
class VerifiesQuotesAlone(Receiver):
    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        return not headers.get(EVENT, "").startswith("quote.") or super().is_genuine(headers, body)


@fault("HOOK-2", "answers 200 to a forgery, and has its effect later")
class ForgeriesLater(Receiver):
    refused = 200

    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        if not super().is_genuine(headers, body) and SIGNATURE in headers:
            event = self.event(body)
            if self.is_known(self.name(event, headers)):
                self.take(event, headers)
        return super().is_genuine(headers, body)
