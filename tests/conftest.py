"""What every test runs on."""

from __future__ import annotations

import signal

# A shell has what it starts in the background ignore Ctrl-C, and children inherit that: the ones that a test interrupts
# would go on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
