"""Failures of the transport, which leave a request without an answer."""

from __future__ import annotations

import builtins
import ssl
from dataclasses import dataclass
from enum import StrEnum
from http.client import BadStatusLine, IncompleteRead, LineTooLong, RemoteDisconnected

from urllib3.exceptions import (
    InvalidChunkLength,
    InvalidHeader,
    LocationParseError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
    TimeoutError,
)

from oneinvoice_conformance.records.codings import CutShort, WronglyPacked
from oneinvoice_conformance.wording import counted, of_system

_SHOWN = 40  # characters of what is not HTTP


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
    if isinstance(problem, WronglyPacked):
        return Failure(
            FailureKind.BROKEN if isinstance(problem, CutShort) else FailureKind.OTHER,
            str(problem),
            "have bodies sent whole, and either as they are or packed by gzip with a Content-Encoding that says so",
        )
    cause = problem.args[-1] if isinstance(problem, ProtocolError) and problem.args else problem
    text = " ".join(str(getattr(problem, "reason", None) or cause).split())
    if isinstance(problem, ProxyError):
        return _proxy_failure(problem)
    if isinstance(problem, SSLError):
        return _tls_failure(problem.args[0] if problem.args else problem)
    if isinstance(problem, NewConnectionError):
        return Failure(FailureKind.CONNECT, f"connection failed ({_of_connecting(problem)})")
    if isinstance(problem, LocationParseError | UnicodeError):
        return Failure(FailureKind.OTHER, "connection failed (the host is no name that can be looked up)")
    if isinstance(problem, TimeoutError):
        return Failure(FailureKind.TIMEOUT, f"no whole answer within {timeout:g} s")
    if isinstance(problem, BodyTooLong):
        return Failure(FailureKind.TOO_LONG, f"answer refused ({text})")
    return Failure(FailureKind.BROKEN, f"connection broken ({_in_words(cause)})")


def _of_connecting(problem: Exception) -> str:
    """Return why no connection came about, in the words of the system where it has some."""
    return of_system(problem.__cause__) if isinstance(problem.__cause__, OSError) else "nothing answers there"


def _in_words(cause: object) -> str:
    """Return how a connection broke, or what about the answer can't be read."""
    if isinstance(cause, InvalidChunkLength):
        return "the answer is no whole sequence of chunks"
    if isinstance(cause, IncompleteRead):
        if cause.expected is None:
            return "the answer ended before its last chunk"
        return f"the answer ended {counted(cause.expected, 'bytes')} before its Content-Length"
    if isinstance(cause, RemoteDisconnected):
        return "it was closed without an answer"
    if isinstance(cause, LineTooLong):
        return "a line of the answer's head is longer than 64 KiB"
    if isinstance(cause, OSError):
        return of_system(cause)
    if isinstance(cause, BadStatusLine):
        return f"the answer's first line is none of HTTP: {' '.join(str(cause).split())[:_SHOWN]!r}"
    if isinstance(cause, InvalidHeader):
        return "the answer has more than one Content-Length"
    return "the head of the answer is none of HTTP"


def _proxy_failure(problem: ProxyError) -> Failure:
    """Return the failure of a proxy that can't be reached, or that opens no way to the deployment."""
    cause = problem.original_error
    text = " ".join(str(cause).split()).rpartition("failed: ")[2]
    if isinstance(cause, SSLError | ssl.SSLError):
        phrase = _tls_failure(cause).phrase.replace("(", "(of the proxy: ", 1)
        return Failure(FailureKind.TLS, phrase, "check --proxy, or give --ca-file for it")
    remedies = {
        "407": "give user name and password with it, as --proxy http://USER:PASSWORD@HOST:PORT, or check those given",
        "403": "have the proxy let this address through",
    }
    refused = text.partition(" ")[0]
    if not (refused.isdecimal() and len(refused) == 3):
        return Failure(FailureKind.CONNECT, f"connection failed (to the proxy: {_of_proxy(cause)})", "check --proxy")
    remedy = remedies.get(refused, "check the address, and whether the proxy can reach it")
    return Failure(FailureKind.CONNECT, f"connection failed (the proxy answers {text})", remedy)


def _of_proxy(cause: Exception) -> str:
    """Return why a proxy can't be spoken to."""
    if isinstance(cause, NewConnectionError):
        return _of_connecting(cause)
    if isinstance(cause, TimeoutError | builtins.TimeoutError):
        return "it does not answer in time"
    return _in_words(cause.args[-1] if isinstance(cause, ProtocolError) and cause.args else cause)


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
_DETAILED = (19, 20, 21, 62, 64)  # of which OpenSSL tells more
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


def _tls_failure(cause: object) -> Failure:
    """Return the failure of a handshake, or of what follows it, in words where OpenSSL's are known."""
    if isinstance(cause, SSLError) and cause.args:
        cause = cause.args[0]
    if isinstance(cause, ssl.SSLCertVerificationError):
        problem, remedy = _CERTIFICATE_PROBLEMS.get(
            cause.verify_code, (cause.verify_message, "check the address, or name its authority with --ca-file")
        )
        detail = f": {cause.verify_message}" if cause.verify_code in _DETAILED else ""
        return Failure(FailureKind.TLS, f"TLS error ({problem}{detail})", remedy, untrusted=True)
    reason = cause.reason if isinstance(cause, ssl.SSLError) else None
    if isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        reason = "UNEXPECTED_EOF_WHILE_READING"
    if reason in _TLS_PROBLEMS:
        problem, remedy = _TLS_PROBLEMS[reason]
        return Failure(FailureKind.TLS, f"TLS error ({problem}: {reason})", remedy)
    return Failure(FailureKind.TLS, f"TLS error ({reason or 'the handshake failed'})")
