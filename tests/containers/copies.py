"""A back-up of what the compose file runs, brought to a machine where nothing is."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.containers.caller import SERVICE, Answer, call, example
from tests.containers.engine import ROOT, Stack, expect, run

NAME = "backflag"
SCRIPTS = ROOT / "deploy" / "scripts"
COUNT = "SELECT count(*) FROM cards WHERE id = '{}'"
BOUND = 30
STEP = 0.2


def restored(stack: Stack) -> str:
    """Override a card, back up, take everything away, restore: the card stays quiet."""
    address = f"http://127.0.0.1:{stack.variables['LOCAL_PORT']}{SERVICE}"
    card = call(address, example()).body["cards"][0]
    expect(card["indicator"] == "critical", f"the card was {card['indicator']} already")
    told = _override(address, card["uuid"])
    expect(told.status == 200, f"feedback: {told.status}")
    _wait_for(stack, card["uuid"])
    compose = {"COMPOSE": f"docker-compose --project-name {stack.project}"} | stack.variables
    with TemporaryDirectory(prefix="backflag-") as folder:
        copy = (str(Path(folder) / "data"), str(Path(folder) / "patient.key"), NAME)
        run(str(SCRIPTS / "compose-backup"), *copy, **compose)
        stack.down()
        run(str(SCRIPTS / "compose-restore"), *copy, **compose)
    stack.up(NAME)
    again = call(address, example())
    expect(again.indicators[:1] == ["info"], f"after the restore: {again.indicators}")
    return f"a card that was overridden: {card['indicator']}, restored: {again.indicators}"


def _override(address: str, card: str) -> Answer:
    one = {
        "card": card,
        "outcome": "overridden",
        "outcomeTimestamp": datetime.now(UTC).isoformat(),
        "overrideReason": {"reason": {"code": "indication-order-exists"}},
    }
    return call(f"{address}/feedback", {"feedback": [one]})


def _wait_for(stack: Stack, card: str) -> None:
    """Until the card's record is in the database."""
    psql = ("exec", "-T", "database", "psql", "-U", "backflag", "-d", "backflag", "-Atc")
    until = time.monotonic() + BOUND
    while stack.compose(*psql, COUNT.format(card)).strip() != "1":
        expect(time.monotonic() < until, "the record was not brought to the database")
        time.sleep(STEP)
