"""Patients marked in every field go through all that the service does; then all is searched."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import inspect, text

from tests.attacks.site import Listening
from tests.conftest import ROOT
from tests.records_proofs.marking import FOUND, Json, Marker
from tests.records_proofs.place import Place
from tests.service.test_serving import Server

PATIENTS = sorted((ROOT / "knowledge" / "patients").glob("**/*.request.json"))
MAIN = (sys.executable, "-c", "from service.cli import main; main()")
OVERRIDE = "https://backflag.org/fhir/CodeSystem/override-reason"
JSON = "application/json"
EXPLAINED = 16


def path_of(hook: str) -> str:
    return f"back-numbness-{hook}"


@dataclass
class Run:
    """The service, who calls it, and what came of it."""

    place: Place
    server: Server
    ehr: Listening
    marker: Marker = field(default_factory=Marker)
    statuses: list[int] = field(default_factory=list)
    cards: list[tuple[str, Json]] = field(default_factory=list)

    def post(self, path: str, body: Any) -> bytes:
        """With a token in the head, as a client sends one though none is asked for."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        secret = f"Bearer {self.marker.word('Authorization')}"
        headers = {"Content-Type": JSON, "Authorization": secret}
        request = Request(f"http://127.0.0.1:{self.server.port}{path}", content, headers)
        try:
            with urlopen(request, timeout=60) as response:
                status, answer = response.status, response.read()
        except HTTPError as error:
            with error:
                status, answer = error.code, error.read()
        self.statuses.append(status)
        return bytes(answer)

    def get(self, path: str) -> bytes:
        with urlopen(f"http://127.0.0.1:{self.server.port}{path}", timeout=60) as response:
            return bytes(response.read())

    def call(self, body: Json) -> None:
        service = path_of(body["hook"])
        answer = json.loads(self.post(f"/cds-services/{service}", body))
        self.cards += [(service, one) for one in answer.get("cards", ())]


@contextmanager
def running(place: Place) -> Iterator[Run]:
    place.make_ready()
    ehr = Listening({})
    server = Server(1, place.settings)
    server.start()
    try:
        yield Run(place, server, ehr)
    finally:
        if not server.written.closed:
            server.stop()
        ehr.close()


@contextmanager
def nothing_written(place: Place) -> Iterator[None]:
    """Whoever would store a record waits; whoever reads does not."""
    with place.store() as store, store.begin() as connection:  # which is enough on SQLite
        if not store.is_sqlite:
            connection.execute(text("LOCK TABLE calls IN EXCLUSIVE MODE"))
        yield


def found_in(*contents: bytes) -> set[str]:
    """The marker words, in letters of any size and in UTF-16, too."""
    each = (form for content in contents for form in (content, content.replace(b"\x00", b"")))
    return {word.decode().lower() for form in each for word in FOUND.findall(form)}


def all_bytes(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def database_bytes(place: Place) -> Iterator[bytes]:
    """Every byte of the files, and of PostgreSQL, which may compress, every row as text too."""
    yield from all_bytes(place.folder)
    if place.cluster is not None:
        yield from all_bytes(place.cluster.folder)
    yield from rows(place).values()


def rows(place: Place) -> dict[str, bytes]:
    """The rows of each table."""
    with place.store() as store, store.reading() as connection:
        names = inspect(connection).get_table_names()
        return {
            name: repr(connection.execute(text(f'SELECT * FROM "{name}"')).all()).encode()
            for name in names
        }


# -- what is done --------------------------------------------------------------------------------


def everybody(marker: Marker) -> Iterator[Json]:
    """Each of the examples, marked in two ways."""
    for number, path in enumerate(PATIENTS):
        body = json.loads(path.read_text())
        yield marker.patient(body, number % 2 == 0)
        yield marker.everywhere(body)


def call_about(bodies: list[Json], run: Run) -> None:
    """Each through its hook, and some explained."""
    for number, body in enumerate(bodies):
        run.call(body)
        if number % EXPLAINED < 2:
            run.post(f"/explain/{path_of(body['hook'])}", body)


def critical(cards: list[tuple[str, Json]]) -> int:
    """How many are emergencies."""
    return sum(card["indicator"] == "critical" for _, card in cards)


def call_wrongly(run: Run) -> None:
    """What cannot be read, what is not enough, what cannot be judged, what has to be fetched."""
    word = run.marker.word
    body = run.marker.patient(json.loads(PATIENTS[0].read_text()), False)
    bundle = {"resourceType": "Bundle", "type": "searchset"}
    broken = {"resource": {"resourceType": "Condition", "id": [word("id")], "code": word("code")}}
    unreadable = {key: bundle | {"entry": [broken]} for key in ("conditions", "observations")}
    run.ehr.answers["/fhir/Observation"] = (500, {}, word("an error of the EHR").encode())
    run.ehr.answers["/fhir/Condition"] = (
        200,
        {},
        json.dumps(run.marker.everywhere(bundle)).encode(),
    )
    server = f"{run.ehr.url}/fhir"
    for wrong in (
        body | {"prefetch": {}, "fhirServer": f"https://{word('fhirServer')}.example.org/fhir"},
        body | {"prefetch": {}, "fhirServer": server},
        body | {"prefetch": {}, "fhirServer": f"{server}/{word('fhirServer')}"},
        body | {"prefetch": unreadable},
        body | {"context": body["context"] | {"patientId": word("patientId")}},
        body | {"prefetch": word("prefetch")},
        body | {"context": {"patientId": [word("patientId")]}},
        body | {"context": {"patientId": f"{word('patientId')} / ?"}},
        body | {"hook": word("hook")},
        f'{{"hook": "{word("hook")}"'.encode(),
        word("the whole body").encode(),
    ):
        for way in ("cds-services", "explain"):
            run.post(f"/{way}/back-numbness-patient-view", wrong)
    run.post(f"/cds-services/{word('the path')}?patient={word('the query')}", body)
    run.post(f"/cds-services/back-numbness-patient-view?patient={word('the query')}", body)
    login = base64.b64encode(f"x:{word('password')}".encode())
    run.post(f"/insights?client={word('the query')}&from={word('the query')}", login)


def tell(run: Run) -> set[str]:
    """Feedback on every card; gives the words that a client tells of the card itself."""
    before = set(run.marker.made)
    for service, card in run.cards:
        run.post(f"/cds-services/{service}/feedback", {"feedback": [_told(run.marker, card)]})
    card = {"uuid": run.marker.word("a card that we never gave")}
    run.post("/cds-services/back-numbness-patient-view/feedback",
             {"feedback": [_told(run.marker, card)]})  # fmt: skip
    kept = {word for word in run.marker.made.keys() - before if run.marker.made[word] in TOLD}
    for wrong in ({"feedback": [{"card": run.marker.word("card")}]}, run.marker.word("body")):
        run.post("/cds-services/back-numbness-patient-view/feedback", wrong)
    return kept


TOLD = {"userComment", "reason.display", "reason.code", "a card that we never gave"}
"""What a client says of a card on purpose: it is kept with the feedback, and nowhere else."""


def _told(marker: Marker, card: Json) -> Json:
    reason = {"code": "long-standing-unchanged", "system": OVERRIDE}
    if card.get("indicator") != "critical":
        reason = {"code": marker.word("reason.code"), "display": marker.word("reason.display")}
    return {
        "card": card["uuid"],
        "outcome": "overridden",
        "outcomeTimestamp": "2026-10-31T09:00:00Z",
        "overrideReason": {
            "reason": reason,
            "userComment": marker.word("userComment"),
            "extension": {"patient": marker.word("an extension")},
        },
        "patient": {"name": marker.word("a field that nobody knows")},
        "extension": {"com.example.user": marker.word("an extension")},
    }


def reports(run: Run) -> list[bytes]:
    """All that shows the figures."""
    pages = ["/insights?unmasked=yes", "/insights.csv?unmasked=yes", "/metrics", "/readyz"]
    shown = [run.get(page) for page in pages]
    bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
    for form in ("text", "html", "csv"):
        done = subprocess.run(
            [*MAIN, "report", "--unmasked", "--format", form], env=bare | run.place.settings,
            cwd=ROOT, capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        shown.append(done.stdout + done.stderr)
    return shown


# -- and what is found ---------------------------------------------------------------------------


def test_no_word_of_any_patient_is_kept_or_shown_anywhere(place: Place) -> None:
    with running(place) as run:
        bodies = list(everybody(run.marker))
        with nothing_written(place):
            call_about(bodies, run)
            call_wrongly(run)
            spool = list(all_bytes(place.spool))
            waited = len(place.spooled())
        place.wait_until_carried()
        told, before = tell(run), len(run.cards)
        call_about(bodies, run)  # now that something was overridden
        assert critical(run.cards[before:]) < critical(run.cards[:before])
        place.wait_until_carried()
        shown = reports(run)
        log = run.server.stop()

    made, kept = run.marker.made, place.kept()
    assert_something_was_done(run, waited, spool, shown, log)
    leaks = found_in(*spool, *shown, log) | (found_in(*database_bytes(place)) - told)
    assert not {word: made.get(word) for word in leaks}
    tables = rows(place)
    assert found_in(tables.pop("feedback")) == told
    assert not found_in(*tables.values())
    assert kept.calls.keys() - {"None"} <= {
        json.loads(p.read_text())["hookInstance"] for p in PATIENTS
    }


def assert_something_was_done(
    run: Run, waited: int, spool: list[bytes], shown: list[bytes], log: bytes
) -> None:
    """Else nothing could have been found."""
    seen = {HTTPStatus(status) for status in run.statuses}
    assert seen >= {200, 400, 404, 412, 422}
    assert run.statuses.count(HTTPStatus.OK) > 2 * len(PATIENTS)
    assert not [status for status in seen if status >= 500]
    assert waited > len(PATIENTS)
    assert sum(map(len, spool)) > 100 * waited
    assert len({json.dumps(one["summary"]) for _, one in run.cards}) > 20
    assert any(found_in(json.dumps(one).encode()) for _, one in run.cards)  # cards do tell
    assert len(run.ehr.seen) > 1
    assert all(b"ackflag" in page or b"criteri" in page or b"mode" in page for page in shown)
    assert log.count(b'"event": "call"') >= len(run.statuses)
    assert run.place.kept().cards


@pytest.mark.parametrize("coding", ["ascii", "utf-16", "utf-16-be"])
def test_the_search_finds_a_word_that_is_there(coding: str) -> None:
    word = Marker().word("x")
    assert found_in(b"\x00abc" + f"in {word.upper()}.".encode(coding)) == {word}
