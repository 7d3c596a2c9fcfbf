"""The image by itself: what it is made of, how it starts, what it may do."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from urllib.error import URLError

from tests.containers.caller import SERVICE, call, example
from tests.containers.engine import ROOT, Container, Failed, expect, run
from tests.pace import slowness

IMAGE, TRACING = "backflag", "backflag:traces"
NETWORK = "backflag-tried"
TOOLS = (
    *("pip", "pip3", "uv", "gcc", "cc", "ld", "make", "git", "curl", "wget"),
    *("sh", "bash", "dash", "apt", "apt-get", "dpkg", "perl", "tar", "su", "mount", "sed", "awk"),
)  # fmt: skip
FIND = f"""
import os, shutil
print(*filter(shutil.which, {TOOLS}))
for folder, _, names in os.walk("/"):
    if not folder.startswith(("/proc", "/sys")):
        for name in names:
            path = os.path.join(folder, name)
            if not os.path.islink(path) and os.stat(path).st_mode & 0o6000:
                print(path)
"""
LABELS = ("title", "description", "licenses", "version", "revision", "created", "source")
CONFINED = (
    "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
    "--tmpfs", "/tmp:size=64m", "--memory", "1g", "--pids-limit", "200",
)  # fmt: skip
OPEN = ("--env", "BACKFLAG_AUTH=off", "--env", "BACKFLAG_ALLOW_INSECURE=true")
STARTS = 5
SLOWEST = 2.0
"""Seconds to the first card; of processor, for others may be busy here while this is tried, and at
the pace of the machine that this is set for."""


def lint() -> str:
    """Hadolint has nothing to say."""
    files = [ROOT / "Dockerfile", *(ROOT / "deploy").rglob("Dockerfile")]
    run("hadolint", *map(str, files))
    return f"{len(files)} files"


def build() -> str:
    """The image builds by `make image`, and tells what it is."""
    run("make", "image", BUILD_NETWORK="host", SOURCE="https://example.org/backflag")
    (told,) = json.loads(run("docker", "image", "inspect", IMAGE))
    config = told["Config"]
    labels = {f"org.opencontainers.image.{name}" for name in LABELS}
    unsaid = {name for name in labels if not config["Labels"].get(name)}
    expect(not unsaid, f"labels that say nothing: {unsaid}")
    expect(config["User"].partition(":")[0].isdigit(), f"its user is {config['User']}")
    expect(config["Healthcheck"], "it has no health check")
    expect(config["StopSignal"] == "SIGTERM", f"its stop signal is {config['StopSignal']}")
    base = json.loads(run("docker", "image", "inspect", "python:3.11-slim-bookworm"))[0]["Size"]
    return f"{told['Size'] / 1e6:.0f} MB, from a base of {base / 1e6:.0f} MB"


def tools() -> str:
    """Nothing in it installs, compiles, downloads, is a shell or runs with another's rights."""
    found = run("docker", "run", "--rm", "--entrypoint", "python", IMAGE, "-c", FIND)
    found = found.replace("WARNING: IPv4 forwarding is disabled. Networking will not work.", "")
    expect(not found.strip(), f"there is {found.strip()}")
    return f"none of {', '.join(TOOLS)}; no file with another's rights"


def traces() -> str:
    """With the extra for traces it holds what writes them, and the other image does not."""
    run("make", "image", BUILD_NETWORK="host", IMAGE=TRACING, EXTRAS="otel")
    script = "import importlib.util as u; print(u.find_spec('opentelemetry.sdk') is not None)"
    found = []
    for image in (TRACING, IMAGE):
        told = run("docker", "run", "--rm", "--entrypoint", "python", image, "-c", script)
        found.append(told.split()[-1])
    expect(found == ["True", "False"], f"with and without: {found}")
    run("docker", "image", "rm", TRACING)
    return "there where they are asked for"


def start() -> str:
    """It answers within two seconds, on a read-only root, without capabilities."""
    with _network():
        starts = [(*_start(), slowness()) for _ in range(STARTS)]
    took, used, slow = zip(*starts, strict=True)
    seen = (
        f"docker run to first card, of {STARTS} fastest, median, slowest: "
        f"{min(took):.2f}, {median(took):.2f}, {max(took):.2f} s; of processor "
        f"{median(used):.2f} s; the machine {median(slow):.1f} times as slow as it is bounded for"
    )
    least = min(one / times for one, times in zip(used, slow, strict=True))
    expect(least < SLOWEST, f"a start costs {least:.2f} s of processor: {seen}")
    return seen


def _start() -> tuple[float, float]:
    """From `docker run` to the first critical card: seconds, and seconds of processor."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    published = ("--network", NETWORK, "--publish", f"127.0.0.1:{port}:8000")
    began = time.monotonic()
    told = run("docker", "run", "--detach", *CONFINED, *OPEN, *published, IMAGE)
    container = Container(told.strip().splitlines()[-1])
    try:
        indicators = _first_answer(port, began)
        took = time.monotonic() - began
        used = container.processor()
        expect("critical" in indicators, f"its cards are {indicators}")
        expect(not container.written(), f"it wrote {container.written()}")
    finally:
        run("docker", "rm", "--force", "--volumes", container.name)
    return took, used


def _first_answer(port: int, began: float) -> list[str]:
    while time.monotonic() - began < 60:
        try:
            return call(f"http://127.0.0.1:{port}{SERVICE}", example()).indicators
        except (URLError, ConnectionError, OSError):
            time.sleep(0.02)
    raise Failed("it does not answer")


@contextmanager
def _network() -> Iterator[None]:
    run("docker", "network", "create", NETWORK)
    try:
        yield
    finally:
        run("docker", "network", "rm", NETWORK)
