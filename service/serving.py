"""Running the service: one process by default, several where asked for."""

from __future__ import annotations

import gc
import signal
from functools import partial
from math import ceil
from tempfile import TemporaryDirectory
from typing import NoReturn

import uvicorn
from fastapi import FastAPI

from service.ending import LingeringServer, leave
from service.logs import set_up_logs
from service.protocol import BoundedHead
from service.renewing import Renewing
from service.settings import Settings, share_figures
from service.site_log import tell_mode, tell_openness, tell_site
from service.trust.nonces import RememberedNonces
from service.workers import PATIENCE, Workers

GRACE = 10
"""Seconds beyond the deadline of a call that the end of the service waits for its calls."""

KEEP_ALIVE = 75
"""Seconds that an idle connection stays open: longer than proxies keep theirs (nginx and most cloud
load balancers 60), or now and then one would send a call on what was just closed here."""


def run(settings: Settings) -> NoReturn:
    """Serve until told to stop (SIGTERM, SIGINT); SIGHUP loads anew what files say.

    Raises:
        BadSettings: what a setting names cannot be used.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # who has not started yet has all to load still
    set_up_logs()
    tell_openness(settings)
    tell_mode(settings)
    configured = partial(
        uvicorn.Config,
        factory=True,
        http=BoundedHead,
        ws="none",
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_worker_healthcheck=PATIENCE,
        timeout_graceful_shutdown=ceil(settings.deadline_ms / 1000) + GRACE,
    )
    server = partial(LingeringServer, delay=settings.stop_delay_s)
    first = configured(partial(renewing, settings))
    if settings.workers == 1:
        _run_alone(server(first))
        leave()
    others = configured(partial(renewing, settings, tells=False))
    with TemporaryDirectory(prefix="backflag-") as figures:
        share_figures(figures)
        workers = Workers(first, others, [first.bind_socket()], server, settings.stop_delay_s)
        workers.run()
    leave(workers.status)


def _run_alone(server: uvicorn.Server) -> None:
    try:
        server.run()
    except SystemExit as end:  # uvicorn has a status of its own for a port that is taken
        raise SystemExit(1 if end.code else 0) from None


def renewing(settings: Settings, tells: bool = True) -> Renewing:
    """The service of one process, which loads anew what files say when it is asked to."""
    gc.disable()  # until it is ready: nearly all that a start makes stays
    seen = RememberedNonces()
    first = build(settings, tells, seen)
    return Renewing(first, partial(build, settings, seen=seen))


def build(settings: Settings, tells: bool = True, seen: RememberedNonces | None = None) -> FastAPI:
    """The service of one process, with its own copy of the knowledge.

    `tells`: it is the one that logs what the site has set. `seen`: the tokens that this process
    has seen before.
    """
    from service.app import create_app
    from service.judging import load_engine
    from service.warming import warm_beside

    set_up_logs()
    engine = load_engine(
        settings.public_url, settings.site_dir, settings.today, settings.knowledge_dir
    )
    if tells:
        tell_site(engine.library)
    app = create_app(settings, engine, seen=seen)
    warm_beside(engine.library)
    return app
