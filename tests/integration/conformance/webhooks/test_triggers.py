"""Making events happen."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.webhooks.triggers import CommandTrigger, GuidedTrigger, TriggerAttempt


def test_the_event_is_put_into_the_command(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("trigger") / "happened"
    assert CommandTrigger(f"echo {{event}} > '{path}'", 5)("quote.sent") == TriggerAttempt("quote.sent")
    assert path.read_text() == "quote.sent\n"


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("echo first >&2; echo 'no {event}' >&2; exit 3", "exit code 3: no quote.sent"),
        ("echo on standard output {event}; exit 1", "exit code 1: on standard output quote.sent"),
        ("exit 9 # {event}", "exit code 9: no output"),
        ("no-such-command-at-all {event}", "exit code 127"),
        # Redaction knows a secret by its beginning, so that a line loses its end.
        ("printf 'secret%0300d' 0; exit 1 # {event}", f"exit code 1: secret{'0' * 194}"),
        ("printf 'secret%05000d' 0; exit 1 # {event}", "exit code 1: a very long line"),
    ],
)
def test_a_command_that_fails_is_told_with_its_last_line(command: str, problem: str) -> None:
    attempt = CommandTrigger(command, 5)("quote.sent")
    assert attempt.problem is not None
    assert problem in attempt.problem


def test_a_command_that_does_not_end_is_given_up() -> None:
    attempt = CommandTrigger("exec sleep 30 # {event}", 0.1)("quote.sent")
    assert attempt.problem == "its trigger did not end within 0.1 s"


def test_a_command_without_a_place_for_the_event_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--trigger needs \{event\}"):
        CommandTrigger("oneinvoice-mock trigger", 5)


def test_a_person_is_told_what_to_do_and_may_not_have_done_it() -> None:
    said: list[str] = []
    attempt = GuidedTrigger(said.append)("quote.accepted")
    assert said == ["Now accept a quote on its public page (quote.accepted)."]
    assert not attempt.certain
