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

from oneinvoice_impl.command_line import import_connexion
from oneinvoice_impl.service.observing.logs import begin_log
from oneinvoice_impl.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

logger = logging.getLogger(__name__)

APPLICATION = f"{__name__}:make_application"


def make_application() -> ASGIApp:
    """Return the application, by the settings of the environment; whatever is wrong with these ends the process."""
    settings = Settings.from_environment(os.environ)
    begin_log(settings.log)
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        Thread(target=_end_with, args=(supervisor,), name="supervisor", daemon=True).start()
    import_connexion()
    from oneinvoice_impl.service.observing.application import observed_application

    try:
        return observed_application(settings)
    except Exception:
        # Whatever it is: with another code, it would be tried again for ever.
        logger.exception("service: the application can't be made")
        raise SystemExit(STARTUP_FAILURE) from None


def _end_with(supervisor: BaseProcess) -> None:
    """Stop this process, in order, when the one that started it has died: nobody else would."""
    supervisor.join()
    os.kill(os.getpid(), signal.SIGTERM)
