"""Secrets at rest."""

from __future__ import annotations

import base64
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem, SecretEncryption, new_key
from oneinvoice_impl.webhooks.service import WebhookService

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


def test_what_goes_in_comes_out() -> None:
    encryption = SecretEncryption(KEY)
    for secret in ("whsec_1", "hemmelig-ø-秘密", "\udcff\udcfe\udcfd"):
        stored = encryption.encrypt(secret)
        assert secret.encode("utf-8", "surrogateescape") not in stored
        assert SecretEncryption(KEY).decrypt(stored) == secret


def test_another_key_opens_nothing() -> None:
    stored = SecretEncryption(KEY).encrypt("whsec_1")
    with pytest.raises(EncryptionProblem, match="start with the former key") as caught:
        SecretEncryption(new_key().decode()).decrypt(stored)
    assert "whsec_1" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "short", "ø" * 43, KEY[:-2], KEY * 2])
def test_keys_that_are_none(key: str) -> None:
    with pytest.raises(EncryptionProblem, match="32 bytes in URL-safe base64") as caught:
        SecretEncryption(key).prepare()
    assert not key or key not in str(caught.value)


def test_a_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "mock.db.key"
    stored = SecretEncryption(None, file).encrypt("S")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
    assert SecretEncryption(None, file).decrypt(stored) == "S"


def test_two_that_start_at_once_share_a_key(tmp_path: Path) -> None:
    vaults = [SecretEncryption(None, tmp_path / "mock.db.key") for _ in range(16)]
    with ThreadPoolExecutor(16) as threads:
        stored = list(threads.map(lambda encryption: encryption.encrypt("S"), vaults))
    assert {SecretEncryption(None, tmp_path / "mock.db.key").decrypt(each) for each in stored} == {"S"}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_place_where_no_file_can_be(tmp_path: Path) -> None:
    with pytest.raises(EncryptionProblem, match="make its folder writable, or set ONEINVOICE_SECRET_KEY"):
        SecretEncryption(None, tmp_path / "nowhere" / "mock.db.key").prepare()


@pytest.mark.parametrize(
    ("url", "key", "works"),
    [
        ("sqlite://", None, True),
        ("sqlite:///{}/mock.db", None, True),
        ("postgresql://host/db", KEY, True),
        ("postgresql://host/db", None, False),
    ],
)
def test_where_the_key_comes_from(url: str, key: str | None, works: bool, tmp_path: Path) -> None:
    settings = Settings(url.format(tmp_path), key)
    database = Database(settings.database_url)
    encryption = WebhookService(database, settings).encryption
    if works:
        assert encryption.decrypt(encryption.encrypt("S")) == "S"
    else:
        with pytest.raises(EncryptionProblem, match="set ONEINVOICE_SECRET_KEY"):
            encryption.encrypt("S")
    assert [path.name for path in tmp_path.iterdir()] == (["mock.db.key"] if "{}" in url else [])
    database.close()


def test_settings_do_not_show_the_key() -> None:
    settings = Settings.from_environment({"ONEINVOICE_SECRET_KEY": KEY})
    assert settings.secret_key == KEY
    assert KEY not in repr(settings)
