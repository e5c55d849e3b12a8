"""Failures of the transport, which leave a request without an answer."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from enum import StrEnum
from http.client import BadStatusLine, HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected

from urllib3.exceptions import (
    DecodeError,
    InvalidChunkLength,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
    TimeoutError,
)

from oneinvoice_conformance.wording import counted


class FailureKind(StrEnum):
    """Kind of failure, by what would mend it."""

    CONNECT = "connect"  # no connection came about
    BROKEN = "broken"  # one did, and broke
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LONG = "too-long"  # the body, up to 0.2.0
    OTHER = "other"

    @property
    def is_worth_a_retry(self) -> bool:
        """Tell whether the same request may be answered a moment later."""
        return self in (FailureKind.CONNECT, FailureKind.BROKEN)


@dataclass(frozen=True, slots=True)
class Failure:
    """Failure of the transport by its kind, and in one phrase for people.

    `remedy` is what to do, where the failure tells it; `untrusted` says that a certificate is not believed.
    """

    kind: FailureKind
    phrase: str
    remedy: str | None = None
    untrusted: bool = False

    def __str__(self) -> str:
        return self.phrase


# The first words by which 0.1.0 told failures apart; recordings of it hold nothing else.
_FIRST_WORDS = {
    "connection failed": FailureKind.CONNECT,
    "connection broken": FailureKind.BROKEN,
    "TLS error": FailureKind.TLS,
    "no whole answer": FailureKind.TIMEOUT,
    "answer refused": FailureKind.TOO_LONG,
}


def failure_from_phrase(phrase: str) -> Failure:
    """Return the failure that a recording of 0.1.0 kept by its phrase alone."""
    kinds = (kind for words, kind in _FIRST_WORDS.items() if phrase.startswith(words))
    return Failure(next(kinds, FailureKind.OTHER), phrase)


class BodyTooLong(ProtocolError):
    """Raised where a body is longer than anything that this API answers."""


def failure_from_exception(problem: Exception, timeout: float) -> Failure:
    """Return the failure that an exception of urllib3 or of the socket means."""
    cause = problem.args[-1] if isinstance(problem, ProtocolError) and problem.args else problem
    text = " ".join(str(getattr(problem, "reason", None) or cause).split())
    if isinstance(problem, ProxyError):
        return _proxy_failure(problem)
    if isinstance(problem, SSLError):
        return _tls_failure(problem.args[0] if problem.args else problem, text)
    if isinstance(problem, NewConnectionError):
        return Failure(FailureKind.CONNECT, f"connection failed ({in_plain_words(text)})")
    if isinstance(problem, TimeoutError):
        return Failure(FailureKind.TIMEOUT, f"no whole answer within {timeout:g} s")
    if isinstance(problem, BodyTooLong):
        return Failure(FailureKind.TOO_LONG, f"answer refused ({text})")
    if isinstance(problem, DecodeError):
        return _coding_failure(text)
    return Failure(FailureKind.BROKEN, f"connection broken ({_in_words(cause, text)})")


class CutShort(DecodeError):
    """Raised where the content coding of a body has no end; its text names the coding."""


def _coding_failure(text: str) -> Failure:
    """Return the failure of an answer whose content coding can't be undone, which another try won't mend."""
    if cut := re.fullmatch(r"content-encoding: (\S+) without its end", text):
        return Failure(
            FailureKind.OTHER,
            f"answer unreadable (its coding {cut[1]} ends before its end)",
            "have it sent whole, as by whatever compresses it",
        )
    named = re.search(r"content-encoding: ([^\s,]+(?:, [^\s,]+)*), but", text)
    coding = named[1] if named else "a coding"
    return Failure(
        FailureKind.OTHER,
        f"answer unreadable (it says Content-Encoding: {coding}, and its bytes are not)",
        "have what compresses it do that once, and label it so",
    )


def in_plain_words(problem: object) -> str:
    """Return what the system says of a problem, without the names and numbers that the libraries put around it."""
    if isinstance(problem, OSError) and problem.strerror and not isinstance(problem, ssl.SSLError):
        text = problem.strerror
    else:
        text = " ".join(str(problem).split())
    text = re.sub(r"^<?[\w.]*(?:Connection|Pool)\w*(?:\([^)]*\)| object at \w+>): ", "", text)
    text = text.removeprefix("Failed to establish a new connection: ")
    if unknown := re.match(r"Failed to resolve '([^']*)'", text):
        return f"no address is known for {unknown[1]}"
    text = re.sub(r"\[(?:Errno -?\d+|SSL[^]]*)\] ?|\s*\(_ssl\.c:\d+\)", "", text)
    return text[:1].lower() + text[1:] if text[:2].istitle() else text


def _in_words(cause: object, text: str) -> str:
    """Return how a connection broke, in words where the libraries have nothing but names of theirs."""
    if isinstance(cause, InvalidChunkLength):
        return "the answer is no whole sequence of chunks"
    if isinstance(cause, IncompleteRead):
        if cause.expected is None:
            return "the answer ended before its last chunk"
        return f"the answer ended {counted(cause.expected, 'bytes')} before its Content-Length"
    if isinstance(cause, RemoteDisconnected):
        return "it was closed without an answer"
    if most := re.search(r"more than \d+ (?:bytes|headers)", text):
        return f"its head has {most[0]}{' in a line' if isinstance(cause, LineTooLong) else ''}"
    if isinstance(cause, BadStatusLine | HTTPException | ValueError):
        return "what came is no HTTP"
    return in_plain_words(cause)


def _proxy_failure(problem: ProxyError) -> Failure:
    """Return the failure of a proxy that can't be reached, or that opens no way to the deployment."""
    cause = problem.original_error
    text = in_plain_words(cause).rpartition("failed: ")[2]
    if isinstance(cause, SSLError | ssl.SSLError):
        return Failure(FailureKind.TLS, f"TLS error (of the proxy: {text})", "check --proxy, or give --ca-file for it")
    remedies = {
        "407": "give user name and password with it, as --proxy http://USER:PASSWORD@HOST:PORT",
        "403": "have the proxy let this address through",
    }
    refused = text.partition(" ")[0]
    if not (refused.isdecimal() and len(refused) == 3):
        return Failure(FailureKind.CONNECT, f"connection failed (to the proxy: {text})", "check --proxy")
    remedy = remedies.get(refused, "check the address, and whether the proxy can reach it")
    return Failure(FailureKind.CONNECT, f"connection failed (the proxy answers {text})", remedy)


_RENEW = "have it renewed"
_CLIENT = "give a client certificate that it accepts with --cert, and its key with --cert-key"
_OLD = "have it speak TLS 1.2 or newer, with ciphers that are still considered safe"
# By the code of OpenSSL (X509_V_ERR_…): the certificate's problem, and what to do.
_CERTIFICATE_PROBLEMS = {
    9: ("the certificate is not valid yet", "see its dates, and the clock of this machine"),
    10: ("the certificate has expired", _RENEW),
    18: ("the certificate is self-signed", "if it is yours, name it with --ca-file"),
    19: ("its authority is not known here", "name its authority's certificate with --ca-file, if it is yours"),
    20: (
        "its authority is not known here",
        "name its authority's certificate with --ca-file, or have the server send those that lead to a known one",
    ),
    23: ("the certificate was revoked", _RENEW),
    62: ("the certificate is for another host", "check the address, or have the certificate name this host"),
    66: ("the certificate's key is too weak", _RENEW),
    67: ("the authority's key is too weak", _RENEW),
    68: ("the certificate's signature is too weak", _RENEW),
}
_CERTIFICATE_PROBLEMS |= {21: _CERTIFICATE_PROBLEMS[20], 64: _CERTIFICATE_PROBLEMS[62]}
# By the reason of OpenSSL.
_NOT_TLS = ("what answers there does not speak TLS", "check the address: http:// or another port may be right")
_WANTS_CERTIFICATE = ("it wants a client certificate, or refuses the one that was given", _CLIENT)
_TOO_OLD = ("it speaks too old or too weak a TLS", _OLD)
_ENDED = (
    "it ended the connection during the handshake",
    "see whether TLS is spoken at that port, and whether a client certificate is wanted (--cert and --cert-key)",
)
_TLS_PROBLEMS = {
    **dict.fromkeys(
        ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"),
        _NOT_TLS,
    ),
    **dict.fromkeys(
        (
            "TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "SSLV3_ALERT_BAD_CERTIFICATE",
            "SSLV3_ALERT_NO_CERTIFICATE",
            "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
            "SSLV3_ALERT_CERTIFICATE_EXPIRED",
            "SSLV3_ALERT_CERTIFICATE_REVOKED",
            "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
            "TLSV1_ALERT_UNKNOWN_CA",
            "TLSV1_ALERT_ACCESS_DENIED",
        ),
        _WANTS_CERTIFICATE,
    ),
    **dict.fromkeys(
        (
            "UNSUPPORTED_PROTOCOL",
            "TLSV1_ALERT_PROTOCOL_VERSION",
            "TLSV1_ALERT_INSUFFICIENT_SECURITY",
            "NO_PROTOCOLS_AVAILABLE",
            "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
            "DH_KEY_TOO_SMALL",
            "BAD_ECPOINT",
        ),
        _TOO_OLD,
    ),
    "SSLV3_ALERT_HANDSHAKE_FAILURE": (
        "it refuses the handshake",
        f"{_CLIENT}, if it wants one; else {_OLD}",
    ),
    "TLSV1_UNRECOGNIZED_NAME": ("it serves no such host", "check the host in the address"),
    "UNEXPECTED_EOF_WHILE_READING": _ENDED,
}


def _tls_failure(cause: object, text: str) -> Failure:
    """Return the failure of a handshake, or of what follows it, in words where OpenSSL's are known."""
    if isinstance(cause, SSLError) and cause.args:
        cause = cause.args[0]
    if isinstance(cause, ssl.SSLCertVerificationError):
        problem, remedy = _CERTIFICATE_PROBLEMS.get(
            cause.verify_code, (cause.verify_message, "check the address, or name its authority with --ca-file")
        )
        detail = f": {cause.verify_message}" if problem != cause.verify_message else ""
        return Failure(FailureKind.TLS, f"TLS error ({problem}{detail})", remedy, untrusted=True)
    reason = cause.reason if isinstance(cause, ssl.SSLError) else None
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        reason = "UNEXPECTED_EOF_WHILE_READING"
    if reason in _TLS_PROBLEMS:
        problem, remedy = _TLS_PROBLEMS[reason]
        return Failure(FailureKind.TLS, f"TLS error ({problem}: {reason})", remedy)
    return Failure(FailureKind.TLS, f"TLS error ({in_plain_words(text)})")
