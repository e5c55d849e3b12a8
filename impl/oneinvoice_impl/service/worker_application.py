"""The application as each process that serves it makes it."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from multiprocessing.process import BaseProcess
from threading import Thread
from typing import TYPE_CHECKING

from uvicorn.config import STARTUP_FAILURE

from oneinvoice_impl.command_line import import_connexion, log_printably

if TYPE_CHECKING:
    from oneinvoice_impl.server.app import Application

logger = logging.getLogger(__name__)

APPLICATION = f"{__name__}:make_application"


def make_application() -> Application:
    """Return the application, by the settings of the environment; whatever is wrong with these ends the process."""
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        log_printably()
        Thread(target=_end_with, args=(supervisor,), name="supervisor", daemon=True).start()
    import_connexion()
    from oneinvoice_impl.server.app import create_app

    try:
        return create_app()
    except Exception:
        # Whatever it is: with another code, it would be tried again for ever.
        logger.exception("service: the application can't be made")
        raise SystemExit(STARTUP_FAILURE) from None


def _end_with(supervisor: BaseProcess) -> None:
    """Stop this process, in order, when the one that started it has died: nobody else would."""
    supervisor.join()
    os.kill(os.getpid(), signal.SIGTERM)
