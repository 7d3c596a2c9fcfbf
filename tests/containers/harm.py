"""What befalls the containers of the service, as it happens in a data centre."""

from __future__ import annotations

from tests.containers.database import is_healthy, wait
from tests.containers.engine import Container, Stack, expect, run
from tests.containers.load import Span

SERVICE = "backflag-ehr"
WORKERS_KILLED = 5
REPLACED = 30
"""Seconds until another worker answers; a minute would be the time for which one may hang."""

GRACE = "20"
"""Seconds that a container is given to end, as in the compose file."""

TAKING_CALLS = """
import glob, os
heads = [line.split() for line in open("/proc/net/tcp")]
doors = {f"socket:[{one[9]}]" for one in heads if one[3] == "0A"}
def waits(process):
    lines = [line for info in glob.glob(process + "/fdinfo/*") for line in open(info)]
    polled = [line.split()[1] for line in lines if line.startswith("tfd:")]
    return any(leads(f"{process}/fd/{one}") in doors for one in polled)
def leads(line):
    try:
        return os.readlink(line)
    except FileNotFoundError:  # a connection that was closed meanwhile
        return None
for process in glob.glob("/proc/[0-9]*"):
    try:
        parent = open(process + "/stat").read().rpartition(")")[2].split()[1]
        if parent == "1" and waits(process):
            print(process.split("/")[2])
    except OSError:
        pass
"""
"""Prints the children of the first process that wait for connections."""

KILL = """
import os, sys, time
def lives():
    try:
        return open("/proc/" + sys.argv[1] + "/stat").read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
print(time.time())
os.kill(int(sys.argv[1]), 9)
while lives():
    time.sleep(0.001)
print(time.time())
"""


def kill_workers(stack: Stack) -> list[Span]:
    """Kill -9 one process after the other, in all containers; another takes the place of each."""
    containers = stack.containers(SERVICE)
    workers = int(stack.variables["WORKERS"])
    killed = [containers[one % len(containers)] for one in range(WORKERS_KILLED)]
    return [_kill_worker(container, workers) for container in killed]


def _kill_worker(container: Container, workers: int) -> Span:
    """Kill one of so many; soon there are as many again."""
    there = _all_taking_calls(container, workers, "not all workers are there")
    span = _kill(there[0], "exec", container.name, "python")
    _all_taking_calls(container, workers, "no other worker came")
    return span


def _all_taking_calls(container: Container, workers: int, what: str) -> list[str]:
    found: list[list[str]] = []

    def all_there() -> bool:
        found.append(_taking_calls(container))
        return len(found[-1]) == workers

    wait(all_there, what, REPLACED)
    return found[-1]


def kill_container(stack: Stack) -> list[Span]:
    """Kill -9 all of a container, from outside as the kernel does; the engine starts it again."""
    container = stack.containers(SERVICE)[0]
    state = container.told
    root = ("--user", "0:0", "--pid", "host", "--security-opt", "apparmor=unconfined")
    image = ("--entrypoint", "python", "--network", "none", state["Config"]["Image"])
    span = _kill(state["State"]["Pid"], "run", "--rm", *root, *image)
    wait(lambda: container.told["RestartCount"] > state["RestartCount"], "it was not restarted")
    wait(lambda: is_healthy(container), "it did not come back")
    return [span]


def _taking_calls(container: Container) -> list[str]:
    return container.run("python", "-IS", "-c", TAKING_CALLS).split()


def _kill(process: object, *where: str) -> Span:
    """From the signal to the end of all that died of it."""
    told = run("docker", *where, "-IS", "-c", KILL, str(process)).split()
    return float(told[-2]), float(told[-1])


def terminate(stack: Stack) -> None:
    """SIGTERM to a container, and another start."""
    container = stack.containers(SERVICE)[0]
    run("docker", "stop", "--time", GRACE, container.name)
    status = container.told["State"]["ExitCode"]
    expect(status == 0, f"it ended with {status}")
    run("docker", "start", container.name)
    wait(lambda: is_healthy(container), "it did not come back")


def roll(stack: Stack, image: str) -> None:
    """Bring another image, as an operator does."""
    stack.variables["IMAGE"] = image
    run("deploy/scripts/compose-roll", COMPOSE=stack.command, **stack.variables)
    images = {one.told["Config"]["Image"] for one in stack.containers(SERVICE)}
    expect(images == {image}, f"they run {images}")
