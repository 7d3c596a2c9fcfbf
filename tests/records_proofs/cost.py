"""What recording costs: calls to a service that records and to one that does not, in turn.

Both are in one process and share the knowledge: two processes differ by more than what is sought.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from statistics import median
from uuid import uuid4

from fastapi import FastAPI

from service.app import create_app
from service.judging import LibraryEngine, load_engine
from service.settings import read_settings
from tests.records_proofs.load import EMERGENCY, LEAVING, SMALL, Json, chart
from tests.records_proofs.place import Place
from tests.service.test_speed import call

RECORDING = (SMALL, LEAVING)
"""What is recorded and no more."""

KINDS = (*RECORDING, EMERGENCY)
"""The last includes the look-up of what was overridden, which is a question to the database."""

BLOCKS = 5
"""So many times each kind takes its turn."""

WARM_UP = 20
"""Calls at the beginning of each turn that are not counted."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one call: until its answer, and those of the processor."""

    took: float
    worked: float


Pair = tuple[Cost, Cost]
"""The same call without recording, and with it."""

Measure = Callable[[Cost], float]


def took(one: Cost) -> float:
    """Until the answer."""
    return one.took


def worked(one: Cost) -> float:
    """Of the processor, whoever else was at work."""
    return one.worked


@dataclass
class Report:
    """The pairs of calls by kind and turn."""

    database: str
    turns: dict[str, list[list[Pair]]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def more(self, kind: str, measure: Measure = took) -> float:
        """What recording costs a call at the median, over all turns."""
        return _more([pair for turn in self.turns[kind] for pair in turn], measure)

    def __str__(self) -> str:
        lines = [f"recording on {self.database}, ms more at the median"]
        for kind, turns in self.turns.items():
            without = median(off.took for turn in turns for off, _ in turn)
            each = ", ".join(f"{_more(turn, took):+.3f}" for turn in turns)
            lines.append(
                f"{kind}: {self.more(kind):+.3f} on {without:.2f} (by turn {each}); "
                f"{self.more(kind, worked):+.3f} of the processor; "
                f"{sum(map(len, turns))} pairs"
            )
        return "\n".join(lines)


def _more(pairs: Sequence[Pair], measure: Measure) -> float:
    return median(measure(on) - measure(off) for off, on in pairs)


def measure(place: Place, calls: int) -> Report:
    """So many pairs of calls of each kind in each turn."""
    place.make_ready()
    return asyncio.run(_measure(place, calls))


async def _measure(place: Place, calls: int) -> Report:
    report, engine = Report(place.name), load_engine("http://x")
    apps = [_service(place, engine, records) for records in ("off", "on")]
    async with AsyncExitStack() as stack:
        for app in apps:
            await stack.enter_async_context(app.router.lifespan_context(app))
        for _ in range(BLOCKS):
            for kind in KINDS:
                pairs = [await _pair(apps, kind, n) for n in range(WARM_UP + calls)]
                report.turns[kind].append(pairs[WARM_UP:])
    return report


def _service(place: Place, engine: LibraryEngine, records: str) -> FastAPI:
    settings = read_settings(
        _env_file=None, database_url=place.url, spool_dir=place.spool, records=records,
        patient_key_file=place.key, deadline_ms=20_000,
    )  # fmt: skip
    return create_app(settings, engine)


async def _pair(apps: Sequence[FastAPI], kind: str, number: int) -> Pair:
    """The same call to both; neither is always the first."""
    body = _about(f"p{uuid4()}", chart(kind))
    content, path = json.dumps(body).encode(), f"/cds-services/back-numbness-{body['hook']}"
    order = (1, 0) if number % 2 else (0, 1)
    found = {which: await _call(apps[which], content, path) for which in order}
    return found[0], found[1]


async def _call(app: FastAPI, content: bytes, path: str) -> Cost:
    begun = time.process_time()
    took = await call(app, content, path)
    return Cost(took * 1000, (time.process_time() - begun) * 1000)


def _about(patient: str, body: Json) -> Json:
    """Each pair of calls is about another patient, as nobody has a thousand cards."""
    text = json.dumps(body).replace("us-saddle", patient)
    found: Json = json.loads(text) | {"hookInstance": str(uuid4())}
    return found
