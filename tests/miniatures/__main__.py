"""Serves one miniature until it is interrupted, and prints what a shell needs to try the suite on it."""

from __future__ import annotations

import argparse
import threading
from contextlib import suppress

from tests.miniatures.catalogue import FAULTS, FREE
from tests.miniatures.data import keys
from tests.miniatures.deployment import Deployment
from tests.miniatures.server import serve


def main() -> None:
    options = _options()
    if options.list:
        _print_catalogue()
        return
    with suppress(KeyboardInterrupt), serve(_chosen(options), options.port) as url:
        print(f"export ONEINVOICE_URL={url}")
        for name, key in keys().items():
            variable = "ONEINVOICE_KEY" if name == "primary" else f"ONEINVOICE_{name.upper()}_KEY"
            print(f"export {variable}={key.value}", flush=True)
        threading.Event().wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.miniatures", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="where to listen on 127.0.0.1 (default: any free port)")
    parser.add_argument("--list", action="store_true", help="list all faults and free variants")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--fault", metavar="NAME", choices=FAULTS, help="serve the deployment with this fault")
    one.add_argument("--free", metavar="NAME", choices=FREE, help="serve this free variant")
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> Deployment:
    if options.fault:
        return FAULTS[options.fault].deployment()
    return FREE[options.free or "plain"].deployment()


def _print_catalogue() -> None:
    print("Free variants:")
    for variant in FREE.values():
        print(f"  {variant.name:34} {variant.description}")
    print("Faults, with the rule that must catch each:")
    for fault in FAULTS.values():
        print(f"  {fault.name:34} {fault.rule:8} {fault.description}")


if __name__ == "__main__":
    main()
