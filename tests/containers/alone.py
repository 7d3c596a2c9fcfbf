"""`docker compose up` and nothing else: the main job, for this machine alone."""

from __future__ import annotations

import json
import os
import time

from tests.containers.caller import SERVICE, call, example
from tests.containers.engine import Container, Stack, expect

RUNNING = ("backflag", "database")
ONE_SHOTS = ("secrets", "migrate")


def up(stack: Stack) -> str:
    """It comes up healthy with one command, and a call gets a critical card."""
    began = time.monotonic()
    stack.up()
    took = time.monotonic() - began
    for name in ONE_SHOTS:
        status = stack.container(name).told["State"]["ExitCode"]
        expect(status == 0, f"{name} ended with {status}")
    answer = call(f"http://127.0.0.1:{stack.variables['LOCAL_PORT']}{SERVICE}", example())
    expect(answer.indicators[:1] == ["critical"], f"{answer.status} {answer.indicators}")
    return f"healthy after {took:.0f} s; a call gets {answer.indicators}"


def closed(stack: Stack) -> str:
    """Only this machine reaches it, and its log says how to open it."""
    running = stack.compose("ps", "--services", "--status", "running").split()
    places = [place for name in running for place in _published(stack.container(name))]
    expect(places, "nothing is published at all")
    elsewhere = [place for place in places if not place.startswith("127.0.0.1:")]
    expect(not elsewhere, f"published elsewhere: {elsewhere}")
    said = stack.logs("backflag")
    for name in ("BACKFLAG_AUTH=required", "BACKFLAG_CLIENTS_FILE", "BACKFLAG_BASE_URL"):
        expect(name in said, f"the log does not say {name}")
    return f"published: {', '.join(places)}"


def confined(stack: Stack, *services: str) -> str:
    """Each runs as an ordinary user, without capabilities, on a root that it does not write."""
    for name in services:
        _ensure_confined(name, stack.container(name))
    return f"{', '.join(services)}: no root, no capability, nothing written outside volumes"


def _ensure_confined(name: str, container: Container) -> None:
    host, status = container.told["HostConfig"], container.status()
    expect(status["Uid"].split()[1] != "0", f"{name} runs as root")
    expect(int(status["CapEff"], 16) == 0, f"{name} has capabilities {status['CapEff']}")
    expect(status["NoNewPrivs"] == "1", f"{name} may gain privileges")
    expect(host["ReadonlyRootfs"], f"{name} may write its root")
    for limit in ("Memory", "NanoCpus", "PidsLimit"):
        expect(host[limit], f"{name} has no limit of {limit}")
    expect(not container.written(), f"{name} wrote {container.written()}")


def _published(container: Container) -> list[str]:
    ports = container.told["NetworkSettings"]["Ports"] or {}
    return [f"{one['HostIp']}:{one['HostPort']}" for told in ports.values() for one in told or ()]


def secret(stack: Stack) -> str:
    """The password was made up, and neither `inspect` nor the log shows it."""
    path = "/run/backflag-secrets/database-password"
    password = stack.container("backflag").read(path).strip()
    expect(len(password) > 30, "the password is short")
    told = json.dumps([stack.container(name).told for name in (*RUNNING, *ONE_SHOTS)])
    expect(password not in told, "inspect shows the password")
    expect(password not in stack.compose("logs"), "the log shows the password")
    expect(password not in os.environ.values(), "the environment holds the password")
    return f"{len(password)} characters, shown nowhere"
