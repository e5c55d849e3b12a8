"""An nginx from Debian's package, in a folder of its own, with the site of `deploy/`."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.services.ports import free_port

PACKAGE = "nginx"

_SITE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class NginxMissing(Exception):
    """nginx is not installed."""


@contextmanager
def nginx(work: Path, replaced: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Put the site into `work`, and give what stands for the names of a machine where nginx has just been installed.

    `replaced` has the ports that stand for those of the service. Whatever was started is stopped at the end.
    """
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise NginxMissing(f"nginx is not installed; run `apt-get install {PACKAGE}` first.")
    folder = work.parent / "nginx"
    (folder / "sites-enabled").mkdir(parents=True)
    (work / "deploy").mkdir()
    secure, settings = str(free_port()), str(work.parent / "etc")
    site = _SITE.read_text("utf-8")
    names = {
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ": f"listen 127.0.0.1:{secure} ",
        "127.0.0.1:8080": f"127.0.0.1:{replaced['8080']}",
        "/etc/oneinvoice": settings,
        "/var/log/nginx": str(folder),
    }
    for name, value in names.items():
        assert name in site
        site = site.replace(name, value)
    (work / "deploy" / "nginx.conf").write_text(site)
    temporary = "".join(f"  {name}_temp_path {folder}/{name};\n" for name in _TEMPORARY)
    whole = folder / "nginx.conf"
    whole.write_text(
        f"pid {folder}/pid;\nerror_log {folder}/errors;\nevents {{}}\n"
        f"http {{\n{temporary}  include {folder}/sites-enabled/*;\n}}\n"
    )
    command = f"{program} -p {folder} -c {whole}"
    try:
        yield {
            "/etc/oneinvoice": settings,
            "/etc/nginx": str(folder),
            "nginx -t && systemctl reload nginx": f"{command} -t && {command}",
            "https://1invoice.example": f"https://1invoice.example:{secure}",
            "443": secure,
        }
    finally:
        if (folder / "pid").exists():
            subprocess.run([*command.split(), "-s", "stop"], check=True, capture_output=True)
