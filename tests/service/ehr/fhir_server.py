"""A FHIR server on a real socket, which misbehaves as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A request as it came: the target, its path below the base, query and headers."""

    target: str
    headers: dict[str, str]
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path.removeprefix("/fhir/")

    @property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)


Answer = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class FhirServer:
    """Answers by `Type` or `Type?category=…`, each with an empty list unless told otherwise."""

    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    asked: list[Asked] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    connections: int = 0
    closed: int = 0

    @property
    def base(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/fhir"

    @property
    def targets(self) -> list[str]:
        return [one.target.removeprefix("/fhir/") for one in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                asked = _parse(await reader.readuntil(b"\r\n\r\n"), connection)
                self.asked.append(asked)
                await self._answer(asked)(asked, writer)
                await writer.drain()
                if writer.is_closing():
                    break
        self.closed += 1
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            writer.close()
            await writer.wait_closed()

    def _answer(self, asked: Asked) -> Answer:
        category = asked.query.get("category", [""])[0]
        whole = f"{asked.path}?category={category}"
        kind = asked.path.partition("/")[0]
        return self.answers.get(whole) or self.answers.get(kind) or _default(kind)


def _default(kind: str) -> Answer:
    return says(patient() if kind == "Patient" else page())


def _parse(head: bytes, connection: int) -> Asked:
    first, *lines = head.decode().strip().split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    method, target, _ = first.split(" ")
    assert method == "GET"
    return Asked(target, headers, connection)


@asynccontextmanager
async def running(context: ssl.SSLContext | None = None) -> AsyncIterator[FhirServer]:
    server = FhirServer(
        scheme="https" if context else "http", host="localhost" if context else "127.0.0.1"
    )
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(asyncio.CancelledError):
            await server.serve(reader, writer)
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def page(*resources: Json, next_link: str | None = None, **more: Any) -> Json:
    link = [{"relation": "next", "url": next_link}] if next_link else []
    entry = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "searchset", "link": link, "entry": entry, **more}


def patient(**more: Any) -> Json:
    return {"resourceType": "Patient", "id": "p1", **more}


def resource(kind: str, name: str, **more: Any) -> Json:
    subject = {"reference": "Patient/p1"}
    return {"resourceType": kind, "id": name, "subject": subject, **more}


def outcome(severity: str = "error", code: str = "not-supported") -> Json:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": code}]}


def encoded(body: Json | bytes) -> bytes:
    return body if isinstance(body, bytes) else msgspec.json.encode(body)


def head(status: int = 200, *lines: str) -> bytes:
    rows = (f"HTTP/1.1 {status} Some", "Content-Type: application/fhir+json", *lines, "", "")
    return "\r\n".join(rows).encode()


def says(body: Json | bytes, status: int = 200, *lines: str) -> Answer:
    """The same answer each time."""
    content = encoded(body)

    async def answer(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head(status, f"Content-Length: {len(content)}", *lines) + content)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """Another answer each time; the last stays."""
    left: Iterator[Answer] = iter(answers)
    last = answers[-1]

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await next(left, last)(asked, writer)

    return answer
