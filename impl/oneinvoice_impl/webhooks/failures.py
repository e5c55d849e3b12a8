"""Tell in one sentence why there was no answer, and what to do where something can be done."""

from __future__ import annotations

import socket
import ssl

from oneinvoice_impl.webhooks.exchange import NoAnswer
from oneinvoice_impl.webhooks.url_policy import Target, UrlNotAllowed

# OpenSSL's X509_V_ERR_ numbers, of which Python names none.
_NOT_YET_VALID, _EXPIRED = 9, 10
_SELF_SIGNED = 18
_UNKNOWN_ISSUER = (2, 7, 19, 20, 21)  # 7 is an authority of the same name with another key
_OTHER_HOST = (62, 64)
# What OpenSSL says when something else than TLS answers; which of them depends on its version.
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")


def reason(error: Exception, target: Target) -> str:
    """Return the reason why a target did not answer."""
    if isinstance(error, UrlNotAllowed | NoAnswer):
        return str(error)
    if isinstance(error, socket.gaierror | UnicodeError):
        return "The URL's host is not known."
    if isinstance(error, ssl.SSLCertVerificationError):
        return _of_certificate(error, target.host)
    if isinstance(error, ssl.SSLError):
        return _of_tls(error)
    if isinstance(error, ConnectionError):
        # Which is all that many servers do when no TLS comes.
        hint = "" if target.secure else "; if the URL's port speaks TLS, begin the URL with https://"
        return f"The connection was closed before an answer came{hint}."
    return f"It could not be sent ({type(error).__name__})."


def _of_certificate(error: ssl.SSLCertVerificationError, host: str) -> str:
    code = error.verify_code
    if code == _EXPIRED:
        return "The certificate has expired; renew it."
    if code == _NOT_YET_VALID:
        return "The certificate is not valid yet; use one that is."
    if code == _SELF_SIGNED:
        return "The certificate is self-signed; use one of a public authority."
    if code in _UNKNOWN_ISSUER:
        return (
            "The certificate is of an authority that is not trusted, or comes without those between; "
            "use one of a public authority, and send its whole chain."
        )
    if code in _OTHER_HOST:
        return f"The certificate is for another host; use one for {host}."
    return f"The certificate is not valid ({error.verify_message})."


def _of_tls(error: ssl.SSLError) -> str:
    if error.reason in _NOT_TLS:
        return "The URL's port does not speak TLS; give one that does, or begin the URL with http://."
    words = (error.reason or type(error).__name__).replace("_", " ").lower()
    return f"No secure connection could be made ({words})."
