import subprocess

import pytest
from oneinvoice_conformance.http.credentials import in_api_key, in_query, near_misses, other_schemes

from tests.unit.conformance.http.test_deployment import KEY


@pytest.mark.parametrize(
    "credential",
    [*near_misses(KEY), *other_schemes(KEY).values(), in_api_key(KEY), in_query(KEY)],
    ids=lambda credential: credential.label,
)
def test_a_shell_makes_of_the_reproducer_what_was_sent(credential):
    assert KEY[4:] not in credential.shell
    printed = subprocess.run(
        ["sh", "-c", f'printf %s "{credential.shell}"'],
        env={"ONEINVOICE_KEY": KEY, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert printed.stdout == credential.authorization
