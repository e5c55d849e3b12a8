"""A certificate that its maker alone trusts, for tests of TLS."""

from __future__ import annotations

import subprocess
from pathlib import Path

HOST = "1invoice.example"


def certificate(folder: Path, host: str = HOST) -> Path:
    """Write `certificate.pem` and `key.pem` into a folder, for a host and the names that people give this machine."""
    file = folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "30", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    subprocess.run([*command, "-keyout", folder / "key.pem", "-out", file], check=True, capture_output=True)
    return file
