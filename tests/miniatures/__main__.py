"""Serve one miniature until it is interrupted, and print what a shell needs to try the suite on it."""

from __future__ import annotations

import argparse
import threading
from contextlib import suppress

from tests.miniatures.catalogue import (
    FAULTS,
    FREE,
    FUZZ_FAULTS,
    HOOK_FAULTS,
    HOOK_FREE,
    RATE_FAULTS,
    RATE_FREE,
    WHOLE_FAULTS,
)
from tests.miniatures.data import keys
from tests.miniatures.deployment import Deployment
from tests.miniatures.limits import SlidingLog
from tests.miniatures.server import serve

ALL_FREE = FREE | RATE_FREE | HOOK_FREE
ALL_FAULTS = FAULTS | WHOLE_FAULTS | FUZZ_FAULTS | RATE_FAULTS | HOOK_FAULTS


def main() -> None:
    options = _options()
    if options.list:
        _print_catalogue()
        return
    with suppress(KeyboardInterrupt), serve(_deployment(options), options.port) as url:
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
    one.add_argument("--fault", metavar="NAME", choices=ALL_FAULTS, help="serve the deployment with this fault")
    one.add_argument("--free", metavar="NAME", choices=ALL_FREE, help="serve this free variant")
    parser.add_argument("--window", action="store_true", help="limit each key to 60 requests in any minute")
    parser.add_argument("--clock", action="store_true", help="let POST /_clock?advance=SECONDS move its clock on")
    parser.add_argument("--webhook", metavar="URL", help="register this URL for webhooks")
    parser.add_argument("--secret", help="what signs the deliveries to it")
    options = parser.parse_args()
    if bool(options.webhook) != bool(options.secret):
        parser.error("--webhook and --secret belong together")
    if options.window and (options.fault or options.free) in RATE_FAULTS | RATE_FREE:
        parser.error("that deployment has a limit of its own; leave --window out")
    return options


def _deployment(options: argparse.Namespace) -> Deployment:
    deployment = _chosen(options)
    deployment.clock_is_open = options.clock
    if options.window:
        deployment.limiter = SlidingLog()
    if options.webhook:
        deployment.register(options.webhook, options.secret)
    return deployment


def _chosen(options: argparse.Namespace) -> Deployment:
    if options.fault:
        return ALL_FAULTS[options.fault].deployment()
    return ALL_FREE[options.free or "plain"].deployment()


def _print_catalogue() -> None:
    print("Free variants:")
    for variant in ALL_FREE.values():
        print(f"  {variant.name:34} {variant.description}")
    print("Faults, with the rule that must catch each:")
    for fault in ALL_FAULTS.values():
        print(f"  {fault.name:34} {fault.rule:8} {fault.description}")


if __name__ == "__main__":
    main()
