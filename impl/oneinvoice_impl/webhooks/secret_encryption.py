"""Encrypt the secrets of endpoints at rest."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


class EncryptionProblem(Exception):
    """Secrets can't be encrypted or read; the text says why, and what to do."""


class SecretEncryption:
    """Encrypts with Fernet (AES-128-CBC and HMAC-SHA256).

    The key is `key` (32 bytes in URL-safe base64), or else that in `file`, which is made when it doesn't exist, or
    else one that ends with the process if `ephemeral`.
    """

    def __init__(self, key: str | None, file: Path | None = None, *, ephemeral: bool = False) -> None:
        self._key = key
        self._file = file
        self._ephemeral = ephemeral
        # Decrypting takes longer than signing, and the same few endpoints get most webhooks.
        self.decrypt = lru_cache(maxsize=1024)(self._decrypt)

    def prepare(self) -> None:
        """Make sure that the key can be used, if there is to be one. Raises `EncryptionProblem`."""
        if self._key is not None or self._file is not None:
            _checked(self._key_bytes, self._source)

    def encrypt(self, secret: str) -> bytes:
        """Return a secret as it is stored. Raises `EncryptionProblem`."""
        return self._fernet.encrypt(secret.encode("utf-8", "surrogateescape"))

    def _decrypt(self, stored: bytes) -> str:
        """Return the secret again. Raises `EncryptionProblem` if it was stored with another key."""
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(stored).decode("utf-8", "surrogateescape")
        except InvalidToken:
            # Without the cause: it says nothing more.
            raise EncryptionProblem(
                f"The secret was encrypted with another key than {self._source}; start with the former key."
            ) from None

    @cached_property
    def _fernet(self) -> Fernet:
        # Imported here: a server without endpoints never needs it.
        from cryptography.fernet import Fernet

        return Fernet(_checked(self._key_bytes, self._source))

    @property
    def _source(self) -> str:
        return f"that in {self._file}" if self._key is None and self._file else "ONEINVOICE_SECRET_KEY"

    @cached_property
    def _key_bytes(self) -> bytes:
        if self._key is not None:
            return self._key.encode()
        if self._file is not None:
            return _from_file(self._file)
        if self._ephemeral:
            return new_key()
        raise EncryptionProblem(
            "Secrets of webhooks can't be stored without a key; "
            "set ONEINVOICE_SECRET_KEY to 32 random bytes in URL-safe base64."
        )


def new_key() -> bytes:
    """Return 32 random bytes in URL-safe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32))


def _checked(key: bytes, source: str) -> bytes:
    with suppress(binascii.Error):
        if len(base64.b64decode(key, b"-_", validate=True)) == 32:
            return key
    raise EncryptionProblem(f"The key to encrypt secrets, {source}, must be 32 bytes in URL-safe base64.")


def _from_file(file: Path) -> bytes:
    """Return the key in a file that only its owner can read; it is made, all or nothing, if there is none."""
    try:
        with suppress(FileNotFoundError):
            return file.read_bytes().strip()
        draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(new_key() + b"\n")
                opened.flush()
                os.fsync(opened.fileno())
            # Two processes may be here at once: the first one's key is everyone's.
            with suppress(FileExistsError):
                os.link(draft, file)
        finally:
            draft.unlink()
        return file.read_bytes().strip()
    except OSError as error:
        raise EncryptionProblem(
            f"The key to encrypt secrets can't be kept in {file} ({error.strerror}); "
            "make its folder writable, or set ONEINVOICE_SECRET_KEY."
        ) from error
