"""Running the service: one process by default, several where asked for."""

from __future__ import annotations

from functools import partial
from math import ceil
from tempfile import TemporaryDirectory
from threading import Thread

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from service.logs import set_up_logs
from service.protocol import BoundedHead
from service.settings import Settings, share_figures
from service.site_log import tell_mode, tell_openness, tell_site

GRACE = 10
"""Seconds beyond the deadline of a call that the end of the service waits for its calls."""

PATIENCE = 60
"""Seconds that a process may be silent, as while it loads on a busy machine, and still live."""


def run(settings: Settings, workers: int) -> None:
    """Serve until told to stop.

    Raises:
        BadSettings: what a setting names cannot be used.
    """
    set_up_logs()
    tell_openness(settings)
    tell_mode(settings)
    config = uvicorn.Config(
        partial(build, settings, tells=workers == 1),
        factory=True,
        http=BoundedHead,
        ws="none",
        host=settings.host,
        port=settings.port,
        workers=workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_worker_healthcheck=PATIENCE,
        timeout_graceful_shutdown=ceil(settings.deadline_ms / 1000) + GRACE,
    )
    if workers == 1:
        _run_alone(config)
        return
    with TemporaryDirectory(prefix="backflag-") as figures:
        share_figures(figures)
        build(settings)  # wrong knowledge is told once, here, and not by every process
        Multiprocess(config, sockets=[config.bind_socket()]).run()


def _run_alone(config: uvicorn.Config) -> None:
    try:
        uvicorn.Server(config).run()
    except SystemExit as end:  # uvicorn has a status of its own for a port that is taken
        raise SystemExit(1 if end.code else 0) from None


def build(settings: Settings, tells: bool = True) -> FastAPI:
    """The service of one process, with its own copy of the knowledge.

    `tells`: it is the one that logs what the site has set.
    """
    import fhir.resources.R4B.servicerequest  # noqa: F401 - the first emergency is not to wait

    from knowledge.chart.units import warm
    from service.app import create_app
    from service.judging import load_engine

    set_up_logs()
    engine = load_engine(settings.public_url, settings.site_dir, settings.today)
    if tells:
        tell_site(engine.library)
    Thread(target=warm, daemon=True).start()  # no patient waits for the library of units
    return create_app(settings, engine)
