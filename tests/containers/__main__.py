"""`python -m tests.containers`: the image and the compose file, started for real and called."""

from __future__ import annotations

import argparse
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.containers import alone, bill, copies, ehr, image, page, tried
from tests.containers.caller import Ehr
from tests.containers.chaos import AWAY, Chaos
from tests.containers.engine import Failed, Stack
from tests.containers.load import Load

Step = Callable[[], str]
PORTS = ("LOCAL_PORT", "HTTPS_PORT", "TRY_PORT", "FHIR_PORT")
OVER = ("tests/containers/chaos.yaml",)


def steps(stack: Stack, caller: Ehr) -> dict[str, Step]:
    """What is tried, in this order."""
    return {
        "hadolint": image.lint,
        "build": image.build,
        "tools in the image": image.tools,
        "list of packages": bill.held,
        "traces": image.traces,
        "cold start": image.start,
        "compose up": partial(alone.up, stack),
        "who reaches it": partial(alone.closed, stack),
        "password": partial(alone.secret, stack),
        "proxy and token": partial(ehr.up, stack, caller),
        "networks": partial(ehr.apart, stack),
        "SIGHUP under load": partial(ehr.reloaded, stack, caller),
        "SIGTERM under load": partial(ehr.stopped, stack, caller),
        "build try": tried.build,
        "try": partial(tried.up, stack),
        "privileges": partial(
            alone.confined, stack, "backflag", ehr.SERVICE, "proxy", "database", "try", "fhir"
        ),
        "back-up and restore": partial(copies.restored, stack),
    }


def main() -> int:
    """Go through the steps, say what was seen, and leave nothing behind."""
    given = _parser().parse_args()
    status = 0
    if not given.chaos:
        with _stack("backflag-tried", given.keep) as (stack, caller):
            status = _go(steps(stack, caller))
    return status or _endure(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.containers", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave the containers running")
    parser.add_argument(
        "--chaos", action="store_true", help="the chaos alone, with the image that is there"
    )
    parser.add_argument(
        "--away", type=float, default=AWAY, help="seconds without a database, each time"
    )
    parser.add_argument(
        "--page", metavar="WHERE", help="write the figures of the chaos into docs/chaos.md"
    )
    return parser


def _endure(given: argparse.Namespace) -> int:
    with _stack("backflag-chaos", given.keep, OVER, REPLICAS="2") as (stack, caller):
        chaos = Chaos(stack, Load(caller), given.away)
        status = _go(chaos.steps())
        if not status and given.page:
            page.keep(chaos, given.page)
    return status


@contextmanager
def _stack(
    name: str, keep: bool, over: tuple[str, ...] = (), **also: str
) -> Iterator[tuple[Stack, Ehr]]:
    """Nothing of the compose file yet, under a name, and an EHR that it is going to trust."""
    ports = {port: str(number) for port, number in zip(PORTS, _free(), strict=True)}
    stack = Stack(ports | {"WORKERS": "2"} | also, name, over)
    with TemporaryDirectory(prefix="backflag-") as folder:
        Path(folder).chmod(0o755)
        url = f"https://localhost:{stack.variables['HTTPS_PORT']}"
        stack.variables |= {"FILES": folder, "PUBLIC_URL": url}
        stack.down()
        try:
            yield stack, Ehr(Path(folder), url)
        finally:
            if not keep:
                stack.down()


def _go(found: dict[str, Step]) -> int:
    """The exit status; what failed is told with what was seen instead."""
    for name, step in found.items():
        began = time.monotonic()
        try:
            seen = step()
        except Failed as error:
            _tell(f"FAILED  {name}: {error}")
            return 1
        _tell(f"{time.monotonic() - began:5.0f} s  {name}: {seen}")
    return 0


def _free() -> list[int]:
    held = [socket.socket() for _ in PORTS]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main())
