"""Check of the control: whether the client works against an API that behaves, and what data fits it."""

from __future__ import annotations

from dataclasses import replace

from oneinvoice_conformance.clients.mock.controls import Data
from oneinvoice_conformance.clients.observation import Trial
from oneinvoice_conformance.clients.scenarios.control import FORM
from oneinvoice_conformance.clients.subject import Client, Means
from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE
from oneinvoice_conformance.errors import KitError, UsageError

_FEW = 12  # records of each list for a client that takes its time
_NOT_FOUND = (126, 127)  # exit codes of a shell


class DoesNotWork(KitError):
    """Raised where the client does not work against a well-behaved API, so that there is nothing to judge."""


def takes_too_long(control: Trial) -> bool:
    """Tell whether the program was killed while it was still reading, so that fewer records may fit it."""
    program = control.program
    last = control.requests[-1] if control.requests else None
    return program is not None and program.code is None and last is not None and last.at > program.seconds / 2


def fewer(data: Data) -> Data:
    """Return data for a client that takes its time."""
    return replace(data, few=_FEW)


def fitted(control: Trial, data: Data) -> Data:
    """Return data that has the client read more than two pages of members, and not many more; the last is not full."""
    if data.fixtures is not None or data.few is not None:
        return data
    sizes = [request.records for request in control.requests if request.endpoint == "members" and request.records]
    size = max(sizes, default=DEFAULT_PAGE_SIZE)
    members = max(2 * size + 20, 60)
    return replace(data, members=min(data.members, members + (members % size == 0)))


def check(control: Trial, client: Client) -> None:
    """Raise `DoesNotWork` for a client that fails without any misbehaviour, or `UsageError` for its command."""
    if Means.RUN in client.means:
        _check_program(control, client)
    if Means.HOOK in client.means:
        _check_receiver(control, client)
    if control.readback is not None and control.readback.problem:
        raise UsageError(
            f"--readback can't be used: {control.readback.problem}; have it print one JSON object such as "
            '{"invoices": {"inv_1": {…}}, "effects": {"evt_1": 1}}.'
        )


def _check_program(control: Trial, client: Client) -> None:
    program = control.program
    assert program is not None
    if program.code in _NOT_FOUND:
        raise UsageError(f"--run can't be started ({program}); name a command that there is in this folder.")
    if program.code is None:
        raise DoesNotWork(
            f"The client does not work against a well-behaved API: it was killed after {client.run_timeout:g} s and "
            f"{_requests(control)}; have it end once it has read everything, or raise --run-timeout."
        )
    if not program.is_well:
        raise DoesNotWork(
            f"The client does not work against a well-behaved API: {program}, after {_requests(control)}; mend it "
            "first, or see whether it takes ONEINVOICE_URL and ONEINVOICE_KEY from its environment."
        )
    if not control.requests:
        raise DoesNotWork(
            "The client sent no request to the API; have it take ONEINVOICE_URL (an origin) and ONEINVOICE_KEY from "
            "its environment, and read all members, quotes and invoices."
        )


def _requests(control: Trial) -> str:
    if not control.requests:
        return "no request"
    count = len(control.requests)
    return f"{count} request{'s' if count > 1 else ''}, the last one {control.requests[-1]}"


def _check_receiver(control: Trial, client: Client) -> None:
    is_taken = FORM in control.facts
    for delivery in control.deliveries:
        if delivery.problem:
            raise DoesNotWork(f"The receiver at {client.hook} gave no answer: {delivery.problem}; start it first.")
        if not is_taken and not delivery.is_accepted:
            raise DoesNotWork(
                f"The receiver at {client.hook} answered {delivery.status} to a genuine {delivery.event}; see whether "
                "it has the secret of --webhook-secret, and listens at this path."
            )
