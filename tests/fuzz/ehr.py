"""A FHIR server that answers whatever comes into its head: mostly Bundles, seldom sound ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random

from tests.fuzz.charts import bundle, patient
from tests.fuzz.corpus import Corpus, Json
from tests.fuzz.damage import damage, encode, pack
from tests.fuzz.mutations import mutate

PLACE = "http://ehr.invalid"
"""What stands in a call for its address, which is known only when it runs."""

_STATUSES = (*(200,) * 24, 201, 204, 302, 400, 401, 404, 410, 429, 500, 503)
_TYPES = ("application/fhir+json", "application/json", "text/html", "", "x" * 300)
_LINKS = ("{}&page={}", "http://127.0.0.1:1/x?{}{}", "?{}{}", "", "\x00{}{}", "//other/{}{}")


@asynccontextmanager
async def odd_server(seed: int, corpus: Corpus) -> AsyncIterator[str]:
    """It, on a free port of loopback; the same question of a seed gets the same answer."""
    serve = partial(_serve, seed, corpus)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()


async def _serve(
    seed: int, corpus: Corpus, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            target = head.split(b" ", 2)[1].decode("latin-1")
            answer, whole = _answer(Random(f"{seed}:{target}"), target, corpus)
            writer.write(answer)
            await writer.drain()
            if not whole:
                break
    except (EOFError, ConnectionError, asyncio.LimitOverrunError, asyncio.CancelledError):
        pass  # whoever asked is gone, or the run is over
    finally:
        writer.close()


def _answer(draw: Random, target: str, corpus: Corpus) -> tuple[bytes, bool]:
    """The bytes of an answer, and whether they are all that it promises."""
    status, body = draw.choice(_STATUSES), _body(draw, target, corpus)
    headers = {"Content-Type": draw.choice((*_TYPES[:1] * 9, *_TYPES))}
    if draw.random() < 0.1:
        headers["Content-Encoding"] = draw.choice(("gzip", "gzip", "br", "identity", "gzip, gzip"))
        body = pack(draw, body)
    if status in (302, 429, 503):
        headers["Location"] = "http://127.0.0.1:1/elsewhere"
        headers["Retry-After"] = draw.choice(("0", "1", "-1", "soon", "9" * 400, "1e400", "nan"))
    whole = draw.random() > 0.03
    headers["Content-Length"] = str(len(body) + (not whole) * 100)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} x\r\n{lines}\r\n".encode() + body, whole


def _body(draw: Random, target: str, corpus: Corpus) -> bytes:
    found: Json = patient(draw) if "/Patient/" in target else bundle(draw, corpus)
    if draw.random() < 0.15:
        url = draw.choice(_LINKS).format(target, draw.randrange(100))
        found["link"] = [{"relation": "next", "url": url}]
    if draw.random() < 0.3:
        mutate(draw, found)
    body = encode(draw, found)
    return damage(draw, body) if draw.random() < 0.1 else body
