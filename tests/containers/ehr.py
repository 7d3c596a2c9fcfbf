"""`docker compose up proxy`: for an EHR, through TLS and with a token."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from tests.callers.ehr import Keys
from tests.containers.caller import Answer, Ehr, call
from tests.containers.engine import Failed, Stack, expect

SERVICE = "backflag-ehr"
CALLERS = 4
NOBODY_THERE = (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT)
"""The proxy's answers where it cannot even connect."""


def up(stack: Stack, ehr: Ehr) -> str:
    """A call with a signed token gets a critical card through the proxy; others get in nowhere."""
    stack.up("proxy")
    good, bare = ehr.call(), ehr.call(signs=False)
    forged = ehr.call(Keys("ES384", "tried"))
    expect(good.indicators[:1] == ["critical"], f"{good.status} {good.body}")
    for other in (bare, forged):
        expect(other.status == HTTPStatus.UNAUTHORIZED, f"let in: {other.status}")
    hidden = call(f"{ehr.url}/metrics", tls=ehr.tls)
    expect(hidden.status == HTTPStatus.NOT_FOUND, "the proxy shows /metrics")
    return f"signed: {good.indicators}; unsigned: {bare.status}; forged: {forged.status}"


def apart(stack: Stack) -> str:
    """The proxy has no way to the service that asks for no token, nor to the database."""
    networks = {
        name: set(stack.container(name).told["NetworkSettings"]["Networks"])
        for name in ("proxy", SERVICE, "backflag", "database")
    }
    expect(networks["proxy"] & networks[SERVICE], "the proxy does not reach its service")
    for name in ("backflag", "database"):
        expect(not networks["proxy"] & networks[name], f"the proxy reaches {name}")
    return "the proxy shares a network with the service that asks for tokens alone"


def reloaded(stack: Stack, ehr: Ehr) -> str:
    """A new key counts after SIGHUP, an old one no more, and no call is lost meanwhile."""
    old, new = ehr.keys, Keys("ES384", "new")
    with _calling(lambda: ehr.call(old)) as before:
        _wait(lambda: len(before) > CALLERS)
    ehr.trust(new)
    with _calling(lambda: ehr.call(old)) as meanwhile:
        stack.compose("kill", "--signal", "HUP", SERVICE)
        _wait(lambda: ehr.call(new).status == HTTPStatus.OK)
    ehr.keys = new
    after = ehr.call(old).status
    expect(after == HTTPStatus.UNAUTHORIZED, f"the old key still counts: {after}")
    statuses = {one.status for one in before + meanwhile}
    expect(statuses <= {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}, f"calls were lost: {statuses}")
    return f"{len(meanwhile)} calls meanwhile, none lost"


def stopped(stack: Stack, ehr: Ehr) -> str:
    """SIGTERM under load: every call that the service took is answered, and it ends well."""
    before, kept = _answers(stack), _records(stack)
    with _calling(ehr.call) as answers:
        _wait(lambda: len(answers) > CALLERS)
        began = time.monotonic()
        stack.compose("stop", SERVICE)
        took = time.monotonic() - began
    state = stack.container(SERVICE).told["State"]
    expect(state["ExitCode"] == 0, f"it ended with {state['ExitCode']}")
    answered = sum(one.status == HTTPStatus.OK for one in answers)
    logged = _answers(stack) - before
    expect(answered == logged, f"{logged} calls were answered, {answered} of them got through")
    kept = _records(stack) - kept
    expect(kept == answered, f"{answered} calls were answered and {kept} recorded")
    others = {one.status for one in answers} - {HTTPStatus.OK, *NOBODY_THERE}
    expect(not others, f"other answers than of a service that is there or not: {others}")
    stack.up("proxy")
    return f"stopped in {took:.1f} s; {answered} calls were taken, all answered and recorded"


def _answers(stack: Stack) -> int:
    """How many calls of the hook the log tells of that were answered."""
    lines = stack.logs(SERVICE).splitlines()
    return sum('"answer": "hook"' in one and '"status": 200' in one for one in lines)


def _records(stack: Stack) -> int:
    """How many calls stand in the database, once what waited has come there."""
    query = ("psql", "--username", "backflag", "-Atc", "SELECT count(*) FROM calls")
    counts = [-1, int(stack.container("database").run(*query))]
    while counts[-1] != counts[-2]:
        time.sleep(1)
        counts.append(int(stack.container("database").run(*query)))
    return counts[-1]


@contextmanager
def _calling(one: Callable[[], Answer]) -> Iterator[list[Answer]]:
    """Call all the time from several threads, and collect the answers."""
    ends, answers = threading.Event(), list[Answer]()

    def go_on() -> None:
        while not ends.is_set():
            answers.append(one())

    threads = [threading.Thread(target=go_on) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        ends.set()
        for thread in threads:
            thread.join()


def _wait(holds: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise Failed("waited in vain")
        time.sleep(0.1)
