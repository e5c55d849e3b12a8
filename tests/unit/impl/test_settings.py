"""What the environment says."""

from __future__ import annotations

import pytest
from oneinvoice_impl.server.app import create_app
from oneinvoice_impl.settings import Settings, UnusableSetting


def test_the_environment_names_the_database() -> None:
    assert Settings.from_environment({"ONEINVOICE_DATABASE_URL": "sqlite:///x.db"}) == Settings("sqlite:///x.db")


def test_the_environment_says_how_requests_are_counted() -> None:
    environment = {"ONEINVOICE_REDIS_URL": "redis://host", "ONEINVOICE_WORKERS": "4"}
    assert Settings.from_environment(environment) == Settings(redis_url="redis://host", workers=4)


@pytest.mark.parametrize("workers", ["0", "-1", "1.5", "many", "1000", "²", " 4", "9" * 5000])
def test_numbers_of_workers_that_are_refused(workers: str) -> None:
    with pytest.raises(UnusableSetting, match=r"^ONEINVOICE_WORKERS must be a whole number from 1 to 999\.$"):
        Settings.from_environment({"ONEINVOICE_WORKERS": workers})


def test_the_form_of_the_log() -> None:
    assert [Settings.from_environment({"ONEINVOICE_LOG": form}).log for form in ("", "json", "text")] == [
        None,
        "json",
        "text",
    ]
    with pytest.raises(UnusableSetting, match=r"^ONEINVOICE_LOG must be json or text; leave it empty for what fits\.$"):
        Settings.from_environment({"ONEINVOICE_LOG": "xml"})


@pytest.mark.parametrize("key", ["short", "x" * 43, "ø" * 44, "*" * 44])
def test_keys_to_encrypt_with_that_are_refused_at_once(key: str) -> None:
    with pytest.raises(UnusableSetting, match="ONEINVOICE_SECRET_KEY, must be 32 bytes in URL-safe base64") as caught:
        create_app(Settings(secret_key=key))
    assert key not in str(caught.value)


def test_an_application_without_settings_asks_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEINVOICE_DATABASE_URL", "sqlite:///named.db")
    database = create_app().database
    assert database.url.database == "named.db"
    database.close()


def test_the_environment_tells_of_the_dashboard() -> None:
    environment = {
        "ONEINVOICE_PUBLIC_URL": "https://1Invoice.example/",
        "ONEINVOICE_SMTP_URL": "smtps://user:secret@mail.example",
        "ONEINVOICE_MAIL_FROM": "1invoice <post@1invoice.example>",
        "ONEINVOICE_CONTACT": "help@1invoice.example",
        "ONEINVOICE_STAFF": "Kari@1invoice.example, ola@1invoice.example",
    }
    settings = Settings.from_environment(environment)
    assert (settings.public_url, settings.origin, settings.tls) == (*["https://1invoice.example"] * 2, True)
    assert settings.smtp_url == environment["ONEINVOICE_SMTP_URL"]
    assert settings.mail_from == environment["ONEINVOICE_MAIL_FROM"]
    assert settings.contact == environment["ONEINVOICE_CONTACT"]
    assert settings.staff == {"kari@1invoice.example", "ola@1invoice.example"}
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "1invoice.example"),
        ("PUBLIC_URL", "ftp://1invoice.example"),
        ("PUBLIC_URL", "https://1invoice.example/path"),
        ("PUBLIC_URL", "https://user@1invoice.example"),
        ("PUBLIC_URL", "https://1invoice.example?x"),
        ("SMTP_URL", "mail.example:587"),
        ("SMTP_URL", "http://secret@mail.example"),
        ("SMTP_URL", "smtp://secret@mail.example:99999"),
        ("SMTP_URL", "smtp://secret@mail.example/path"),
        ("SMTP_URL", "smtp://"),
        ("MAIL_FROM", "1invoice\nBcc: secret"),
        ("CONTACT", "a\x00b"),
    ],
)
def test_settings_of_the_dashboard_that_are_refused(name: str, value: str) -> None:
    with pytest.raises(UnusableSetting, match=rf"^ONEINVOICE_{name} .*\.$") as caught:
        Settings.from_environment({f"ONEINVOICE_{name}": value})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("127.0.0.1", {"127.0.0.1/32"}),
        ("10.0.0.5, 10.1.0.0/16,2001:db8::/48 ,::1", {"10.0.0.5/32", "10.1.0.0/16", "2001:db8::/48", "::1/128"}),
        ("2001:0DB8:0::1,2001:db8::1/128", {"2001:db8::1/128"}),
        (" , ", set()),
    ],
)
def test_proxies_that_are_trusted(text: str, networks: set[str]) -> None:
    settings = Settings.from_environment({"ONEINVOICE_TRUSTED_PROXIES": text})
    assert {str(network) for network in settings.trusted_proxies} == networks


@pytest.mark.parametrize(
    "text",
    ["*", "nginx", "10.0.0.300", "10.0.0.5/8", "10.0.0.0/33", "10.0.0.5:8080", "[::1]", "10.0.0.5;10.0.0.6",
     "10.0.0.5\n", "2001:db8:::1", "0.0.0.0/0", "::/0", "10.0.0.5,0.0.0.0/0", "10.0.0.5,*", "16777216"],
)  # fmt: skip
def test_proxies_that_are_refused(text: str) -> None:
    with pytest.raises(UnusableSetting, match=r"^ONEINVOICE_TRUSTED_PROXIES must be the addresses or networks .*\.$"):
        Settings.from_environment({"ONEINVOICE_TRUSTED_PROXIES": text})


def test_defaults() -> None:
    names = (
        "DATABASE_URL",
        "SECRET_KEY",
        "REDIS_URL",
        "WORKERS",
        "PUBLIC_URL",
        "SMTP_URL",
        "MAIL_FROM",
        "CONTACT",
        "STAFF",
        "TRUSTED_PROXIES",
    )
    assert Settings.from_environment({"OTHER": "x"}) == Settings("sqlite://")
    assert Settings.from_environment({f"ONEINVOICE_{name}": "" for name in names}) == Settings("sqlite://")
