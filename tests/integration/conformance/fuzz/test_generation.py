import os
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest
from oneinvoice_conformance.fuzz.generation import GenerationFailed, generate_requests
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Request

from tests.unit.conformance.fakes import CONTRACT, VALID


@pytest.fixture(scope="module")
def requests() -> list[Request]:
    return generate_requests(30, 5, VALID, CONTRACT)


def test_the_same_seed_gives_the_same_requests_and_another_seed_others(
    requests: list[Request], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PYTHONHASHSEED", "77")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "json.py").write_text("raise SystemExit('not mine')")
    (tmp_path / "schemathesis.toml").write_text("nonsense")
    assert generate_requests(30, 5, VALID, CONTRACT) == requests
    assert generate_requests(30, 6, VALID, CONTRACT) != requests
    assert {path.name for path in tmp_path.iterdir()} == {"json.py", "schemathesis.toml"}


def test_the_key_goes_with_intact_credentials_alone(requests: list[Request]):
    credentials = {request.credential.role: request.credential for request in requests}
    assert credentials.keys() == {Role.PRIMARY, Role.NONE, Role.GENERATED}
    assert not credentials[Role.GENERATED].valid
    keyless = generate_requests(12, 5, None, CONTRACT)
    assert {request.credential.role for request in keyless} <= {Role.NONE, Role.GENERATED}


def test_any_4xx_is_as_good_as_an_answer(requests: list[Request]):
    assert all(request.accepts_4xx for request in requests)
    assert {request.endpoint for request in requests} == {"members", "quotes", "invoices"}


def test_generated_credentials_stand_in_double_quotes_in_a_shell():
    odd = [
        request.credential for request in generate_requests(200, 1, VALID, CONTRACT) if request.credential.authorization
    ]
    odd = [credential for credential in odd if not credential.valid]
    assert any(set('"$`\\') & set(credential.authorization or "") for credential in odd)
    for credential in odd:
        command = ["sh", "-c", f'printf %s "{credential.shell}"']
        assert subprocess.run(command, stdout=PIPE, text=True, check=True).stdout == credential.authorization


def test_a_program_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'Traceback' >&2\necho 'ImportError: no schemathesis' >&2\nexit 1\n")
    os.chmod(program, 0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(GenerationFailed, match=r"^ImportError: no schemathesis$"):
        generate_requests(1, 1, None, CONTRACT)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(GenerationFailed, match=r"^no output$"):
        generate_requests(1, 1, None, CONTRACT)
