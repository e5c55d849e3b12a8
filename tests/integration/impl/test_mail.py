"""Links that go through a real mail server."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from oneinvoice_impl.mail import Mail, SmtpMailer
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings, UnusableSetting

from tests.integration.impl.smtp import certificate, mail_server
from tests.unit.impl.web.visitor import ADMIN, Visitor, use

HERE = "http://127.0.0.1:8080"
LINK = f"{HERE}/login/token"
MAIL = Mail("kari@nordlys.example", "Subject", "Text", datetime(2026, 4, 2, 12, tzinfo=UTC), LINK)


@contextmanager
def service(port: int) -> Iterator[Application]:
    settings = Settings(
        smtp_url=f"smtp://127.0.0.1:{port}", public_url=HERE, mail_from="Fjordlyst <post@fjordlyst.example>"
    )
    app = create_app(settings)
    seed_database(app.database, seed=1, scale=3, progress=lambda done, total: None)
    yield app
    app.database.close()


def send(url: str, to: str = MAIL.to) -> None:
    """Send a mail, and wait until it is done with."""
    mailer = SmtpMailer(url, "post@fjordlyst.example")
    mailer.send(replace(MAIL, to=to))
    mailer._threads.shutdown()


def test_a_link_by_mail_logs_in() -> None:
    with mail_server() as server, service(server.port) as app:
        visitor = Visitor(app)
        page = visitor.submit(visitor.get("/login"), "/login", email=ADMIN)
        assert "mailbox" not in page.words
        mail = server.mails.get(timeout=10)
        assert (mail["From"], mail["To"]) == ("Fjordlyst <post@fjordlyst.example>", ADMIN)
        assert server.recipients == [ADMIN]
        assert abs(parsedate_to_datetime(mail["Date"]) - datetime.now(UTC)).total_seconds() < 60
        assert mail["Message-ID"].endswith("@fjordlyst.example>")
        link = mail.get_content().split()[-1]
        assert link.startswith(f"{HERE}/login/")
        assert use(visitor, link).path == "/"


def test_a_domain_of_any_script_is_one_that_every_server_knows() -> None:
    with mail_server() as server:
        send(f"smtp://127.0.0.1:{server.port}", "post@blåbær.example")
        assert server.mails.get(timeout=10)["To"] == "post@xn--blbr-roah.example"
        assert server.recipients == ["post@xn--blbr-roah.example"]


def test_a_name_of_any_script_goes_where_the_server_takes_it(caplog: pytest.LogCaptureFixture) -> None:
    with mail_server(smtp_utf8=True) as server:
        send(f"smtp://127.0.0.1:{server.port}", "kåre@blåbær.example")
        assert server.mails.get(timeout=10)["To"] == "kåre@xn--blbr-roah.example"
        assert server.recipients == ["kåre@xn--blbr-roah.example"]
    with mail_server() as server:
        send(f"smtp://127.0.0.1:{server.port}", "kåre@blåbær.example")
        assert server.mails.empty()
    (message,) = caplog.messages
    assert message == "mail: it could not be sent (SMTPNotSupportedError); look at ONEINVOICE_SMTP_URL."


def test_nobody_waits_for_the_mail_server(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with service(silent.getsockname()[1]) as app:
            visitor = Visitor(app)
            form = visitor.get("/login")
            started = time.monotonic()
            assert visitor.submit(form, "/login", email=ADMIN).status == 200
            assert time.monotonic() - started < 5
            silent.accept()[0].close()
            while not caplog.messages:
                time.sleep(0.01)
            assert "could not be sent (SMTPServerDisconnected)" in caplog.text
            assert ADMIN not in caplog.text


def test_a_server_that_is_away_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    send(f"smtp://user:secret@127.0.0.1:{port}")
    (message,) = caplog.messages
    assert message == "mail: it could not be sent (ConnectionRefusedError); look at ONEINVOICE_SMTP_URL."


def test_a_password_goes_through_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with mail_server(context) as server:
        send(f"smtp://user:p%40ss@localhost:{server.port}")
        assert server.passwords == [("p@ss", True)]
        assert server.mails.get(timeout=10).get_content().split() == ["Text", LINK]


def test_a_server_that_nobody_vouches_for_gets_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    context, _ = certificate(tmp_path)
    with mail_server(context) as server:
        send(f"smtp://user:secret@localhost:{server.port}")
        assert (server.passwords, server.mails.qsize(), server.connections) == ([], 0, 1)
    assert caplog.messages == ["mail: it could not be sent (SSLCertVerificationError); look at ONEINVOICE_SMTP_URL."]


def test_a_password_never_goes_in_the_clear_to_another_machine(caplog: pytest.LogCaptureFixture) -> None:
    with mail_server() as server:
        # Reaches this machine, but is no name of it.
        send(f"smtp://user:secret@0.0.0.0:{server.port}")
        assert (server.passwords, server.mails.qsize(), server.connections) == ([], 0, 1)
        send(f"smtp://user:secret@127.0.0.1:{server.port}")
        assert server.passwords == [("secret", False)]
    (message,) = caplog.messages
    assert "offers no TLS" in message


def test_links_must_lead_somewhere() -> None:
    with pytest.raises(UnusableSetting, match="Set ONEINVOICE_PUBLIC_URL too"):
        create_app(Settings(smtp_url="smtp://mail.example"))
