"""Silence: no card of any hook in silent mode, none of a silent criterion, nothing else less."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cards.ordering import compose_orders
from knowledge.language.schema import Urgency
from knowledge.library import Library, load_library
from knowledge.silence import marked
from service.app import create_app
from service.engine import Judgement
from service.errors import Problem
from service.hooks import read_request
from service.judging import LibraryEngine
from service.settings import read_settings
from service.site_log import tell_mode
from tests.cards.builders import CES, met
from tests.conftest import ROOT
from tests.knowledge.test_apart import broken
from tests.service.fakes import bundle, hook_request
from tests.service.test_failing import told as told

Json = dict[str, Any]
PATIENTS = ROOT / "knowledge" / "patients"
PATH = "/cds-services/back-numbness-patient-view"
EXPLAIN = "/explain/back-numbness-patient-view"
NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
SADDLE = ("cauda-equina-syndrome", "saddle-anaesthesia", "bladder-bowel-dysfunction")
EMPTY = hook_request({"conditions": bundle(), "observations": bundle()})
HOOKS = {
    "patient-view": "us-saddle-numbness",
    "order-select": "orders/select-xray-for-saddle-numbness",
    "order-sign": "orders/sign-contrast-for-saddle-numbness",
}


def patient(name: str) -> Json:
    found: Json = json.loads((PATIENTS / f"{name}.request.json").read_text())
    return found


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Of a site that lets nothing be said of what a numb saddle raises."""
    folder = tmp_path_factory.mktemp("site")
    return with_silent(folder, *SADDLE)


def with_silent(folder: Path, *names: str) -> Library:
    lines = [f"  - {{criterion: {one}, why: We watch it for the first weeks.}}" for one in names]
    text = "\n".join(["site: Us", "silent:", *lines, ""])
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    return load_library(site=folder)


def clients(library: Library, mode: str) -> Iterator[TestClient]:
    settings = read_settings(
        _env_file=None, database_url="sqlite://", deadline_ms=60_000, mode=mode
    )
    app = create_app(settings, LibraryEngine(library, "http://x"), lambda zone: NOW)
    with TestClient(app) as one:
        yield one


@pytest.fixture(scope="module")
def live(library: Library) -> Iterator[TestClient]:
    yield from clients(library, "live")


@pytest.fixture(scope="module")
def silent(library: Library) -> Iterator[TestClient]:
    yield from clients(library, "silent")


def judged(library: Library, body: Mapping[str, Any], hook: str = "patient-view") -> Judgement:
    request = read_request(json.dumps(body).encode(), hook)
    return LibraryEngine(library, "http://x").judge(request, NOW)


# -- silent mode ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("hook", "name"), HOOKS.items())
def test_no_hook_shows_a_card_that_it_would_have_shown(
    live: TestClient, silent: TestClient, hook: str, name: str
) -> None:
    path = f"/cds-services/back-numbness-{hook}"
    assert live.post(path, json=patient(name)).json()["cards"]
    assert silent.post(path, json=patient(name)).json() == {"cards": []}


def test_explain_shows_what_would_have_been_given(live: TestClient, silent: TestClient) -> None:
    body = patient("us-saddle-numbness")
    loud, quiet = (one.post(EXPLAIN, json=body).json() for one in (live, silent))
    assert quiet["silent"] is True
    assert "silent" not in loud
    summaries = [[card["summary"] for card in one["cards"]] for one in (loud, quiet)]
    assert summaries[0] == summaries[1] != []
    assert quiet["criteria"] == loud["criteria"]


def test_what_cannot_be_judged_is_refused_as_ever(live: TestClient, silent: TestClient) -> None:
    bodies = (hook_request({"conditions": bundle()}), {"hook": "patient-view"})
    for body in bodies:
        loud, quiet = (one.post(PATH, json=body) for one in (live, silent))
        assert quiet.status_code == loud.status_code >= HTTPStatus.BAD_REQUEST
        assert quiet.json() == loud.json()


def test_no_answer_is_worth_more_in_silence(library: Library) -> None:
    damaged = broken(library, "cauda-equina-syndrome")
    (client,) = clients(damaged, "silent")
    assert client.post(PATH, json=EMPTY).status_code == HTTPStatus.INTERNAL_SERVER_ERROR


def test_an_incomplete_card_is_kept_back_too(library: Library) -> None:
    damaged = broken(library, "vitamin-deficiency-neuropathy")
    loud = judged(damaged, patient("us-saddle-numbness"))
    assert "**Incomplete" in loud.cards[0]["detail"]
    assert loud.in_silence().body == b'{"cards":[]}'


def test_all_cards_are_told_as_kept_back(library: Library) -> None:
    loud = judged(library, patient("us-saddle-numbness"))
    assert [one.criterion for one in loud.said] == ["cauda-equina-syndrome"]
    assert loud.kept_back == ()
    quiet = loud.in_silence()
    assert quiet.said == ()
    assert quiet.kept_back == loud.said
    assert (loud.counts["cards"], quiet.counts["cards"]) == (1, 0)


def test_ready_says_in_which_mode(live: TestClient, silent: TestClient) -> None:
    assert live.get("/readyz").json()["mode"] == "live"
    assert silent.get("/readyz").json()["mode"] == "silent"


def test_the_log_warns_of_silent_mode_and_only_of_that(told: list[Any]) -> None:
    for mode in ("live", "silent"):
        tell_mode(read_settings(_env_file=None, mode=mode))
    assert [(one["event"], one["log_level"]) for one in told] == [("silent mode", "warning")]


# -- a silent criterion --------------------------------------------------------------------------


def test_no_card_speaks_of_a_silent_criterion(library: Library, quiet: Library) -> None:
    body = patient("us-saddle-numbness")
    loud, hushed = judged(library, body), judged(quiet, body)
    titles = [library.criteria[name].title for name in SADDLE]
    assert any(title in json.dumps(loud.cards) for title in titles)
    assert not any(title in json.dumps(hushed.cards) for title in titles)
    assert not any(card["indicator"] == "critical" for card in hushed.cards)
    assert hushed.evaluation.emergency


def test_what_it_would_have_led_is_kept_back_and_nothing_else(
    library: Library, quiet: Library
) -> None:
    body = patient("us-saddle-numbness")
    loud, hushed = judged(library, body).said[0], judged(quiet, body)
    (kept,) = hushed.kept_back
    assert (kept.criterion, kept.indicator, kept.urgency, kept.criteria) == (
        loud.criterion, loud.indicator, loud.urgency, loud.criteria,
    )  # fmt: skip
    assert kept.uuid not in {card["uuid"] for card in hushed.cards}
    assert not {one.criterion for one in hushed.said} & set(SADDLE)


def test_another_criterion_speaks_on_beside_it(library: Library, tmp_path: Path) -> None:
    without = with_silent(tmp_path, "cauda-equina-syndrome")
    hushed = judged(without, patient("us-saddle-numbness"))
    (card,) = hushed.said
    assert (card.criterion, card.indicator) == ("bladder-bowel-dysfunction", "critical")
    assert library.criteria["cauda-equina-syndrome"].title not in json.dumps(hushed.cards)
    assert [one.criterion for one in hushed.kept_back] == ["cauda-equina-syndrome"]


@pytest.mark.parametrize(("hook", "name"), HOOKS.items())
def test_no_hook_speaks_of_it(library: Library, quiet: Library, hook: str, name: str) -> None:
    loud, hushed = (judged(one, patient(name), hook) for one in (library, quiet))
    assert {one.criterion for one in loud.said} & set(SADDLE) or hook == "order-sign"
    told = json.dumps([card for card in hushed.cards if "missing" not in str(card["source"])])
    assert library.criteria["saddle-anaesthesia"].title not in told
    assert len(hushed.cards) <= len(loud.cards)


def test_half_a_chart_is_refused_where_only_what_is_silent_is_an_emergency(
    library: Library, quiet: Library
) -> None:
    body = patient("us-saddle-numbness")
    rest = {key: value for key, value in body["prefetch"].items() if key != "observations"}
    half = body | {"prefetch": rest}
    assert judged(library, half).cards
    with pytest.raises(Problem) as caught:
        judged(quiet, half)
    assert caught.value.status == HTTPStatus.PRECONDITION_FAILED


def test_a_silent_criterion_that_broke_is_no_matter_of_a_card(tmp_path: Path) -> None:
    name = "vitamin-deficiency-neuropathy"
    damaged = broken(with_silent(tmp_path, name), name)
    found = judged(damaged, patient("us-saddle-numbness"))
    assert "**Incomplete" not in found.cards[0]["detail"]
    assert [one.id for one in found.evaluation.failed] == [name]


def test_no_scan_is_called_needless_beside_a_silent_red_flag(library: Library) -> None:
    body = patient("orders/select-xray-for-a-strain")
    request = read_request(json.dumps(body).encode(), "order-select")
    whole = judged(library, body, "order-select").evaluation

    def summaries(**more: Any) -> list[str]:
        found = compose_orders(
            replace(whole, **more), library, request.drafts, request.selections,
            patient_id=request.patient_id, encounter_id=None, now=NOW,
        )  # fmt: skip
        return [card["summary"] for card in found]

    assert summaries() == [library.order_checks.file.needless.summary]
    assert summaries(silenced=(marked(met(CES, Urgency.EMERGENCY)),)) == []
