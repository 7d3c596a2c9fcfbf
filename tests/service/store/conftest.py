"""A PostgreSQL of the tests' own, and both databases for each test that asks for one."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from service.store.store import Store, open_store

PASSWORD = "pass-that-nobody-may-read"


@dataclass
class Cluster:
    """A PostgreSQL server process on loopback."""

    binaries: Path
    folder: Path
    port: int

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://keeper:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(
            f"postgresql://keeper:{PASSWORD}@127.0.0.1:{self.port}/{database}", autocommit=True
        )

    def create(self) -> str:
        name = f"t{uuid4().hex}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return name

    def initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        self._as_owner("chown", "-R", "postgres", str(self.folder), owner=False)
        self._as_owner(
            str(self.binaries / "initdb"), "-D", str(self.folder / "data"), "-U", "keeper",
            "-A", "scram-sha-256", f"--pwfile={secret}", "-N", "-E", "UTF8", "--locale=C.UTF-8",
        )  # fmt: skip

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self.folder}"
        self._control("start", "-l", str(self.folder / "log"), "-o", options)

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The server hangs: it takes connections and bytes, and says nothing."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(first, signal.SIGSTOP)
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        everybody = [first, *map(int, children)]
        _signal(everybody, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(everybody, signal.SIGCONT)

    def _control(self, *args: str) -> None:
        self._as_owner(str(self.binaries / "pg_ctl"), "-D", str(self.folder / "data"), "-w", *args)

    def _as_owner(self, *command: str, owner: bool = True) -> None:
        """PostgreSQL refuses to be run by root."""
        if os.geteuid() != 0:
            if not owner:
                return
            user = None
        else:
            user = "postgres" if owner else None
        subprocess.run(
            command, user=user, cwd="/", check=True, timeout=60,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


def _signal(processes: list[int], what: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):  # one may just have come to its end
            os.kill(process, what)


def binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


@contextmanager
def new_cluster(place: Path) -> Iterator[Cluster]:
    """A server by the programs of a folder, until it is no longer needed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="backflag-pg-"))
    server = Cluster(place, folder, port)
    try:
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    place = binaries()
    if place is None:
        reason = "no PostgreSQL here: initdb is not found"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with new_cluster(place) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without a table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    server: Cluster = request.getfixturevalue("cluster")
    return server.url(server.create())


@pytest.fixture
def store(empty_url: str) -> Iterator[Store]:
    """A database that is up to date."""
    found = open_store(empty_url)
    found.upgrade()
    yield found
    found.close()


@pytest.fixture
def url(store: Store, empty_url: str) -> str:
    """The address of a database that is up to date."""
    assert store.version()
    return empty_url
