from __future__ import annotations

import httpx
import pytest
from prometheus_client import REGISTRY

from service.discovery import PREFETCH
from service.ehr.chains import PAGES
from service.ehr.client import new_client
from service.ehr.gaps import (
    CUT_OFF,
    FAILED,
    NOT_SUPPLIED,
    REASONS,
    REFUSED,
    TOO_MUCH,
    UNREADABLE,
    Gap,
)
from tests.service.ehr.asking import TOKEN, all_but, complete, ids, whys
from tests.service.ehr.fhir_server import (
    Answer,
    FhirServer,
    in_turn,
    outcome,
    page,
    patient,
    resource,
    says,
)
from tests.service.fakes import bundle

pytestmark = pytest.mark.anyio
Client = httpx.AsyncClient
NONE_FOUND = outcome("warning", "not-found")


async def test_what_was_not_sent_is_fetched_with_the_token(
    fhir: FhirServer, client: Client
) -> None:
    fhir.answers["Condition"] = says(page(resource("Condition", "c1")))
    found = await complete(client, fhir.base, {})
    assert not found.gaps
    assert set(found.prefetch) == set(PREFETCH)
    assert ids(found) == ["c1"]
    assert {"Condition", "Observation", "Patient", "Device"} <= found.supplied
    assert {one.headers["authorization"] for one in fhir.asked} == {f"Bearer {TOKEN}"}
    assert {one.headers["accept"] for one in fhir.asked} == {"application/fhir+json"}


async def test_each_list_is_asked_for_by_its_template(fhir: FhirServer, client: Client) -> None:
    await complete(client, fhir.base, {})
    wanted = {query.replace("{{context.patientId}}", "p1") for query in PREFETCH.values()}
    assert set(fhir.targets) == wanted
    assert len(fhir.targets) == len(wanted)


async def test_only_what_is_missing_is_asked_for(fhir: FhirServer, client: Client) -> None:
    found = await complete(client, fhir.base, all_but("observations", "devices"))
    assert sorted(one.path for one in fhir.asked) == ["Device", "Observation"]
    assert set(found.prefetch) == {"observations", "devices"}


async def test_nothing_is_asked_where_nothing_is_missing(fhir: FhirServer, client: Client) -> None:
    found = await complete(client, fhir.base, all_but())
    assert not fhir.asked
    assert not found.prefetch
    assert not found.gaps


@pytest.mark.parametrize(
    ("patient_id", "written"),
    [("a:b=c+d~e", "a%3Ab%3Dc%2Bd~e"), ("é", "%C3%A9"), ("a.b-c_d", "a.b-c_d")],
)
async def test_an_id_is_escaped_in_addresses(
    fhir: FhirServer, client: Client, patient_id: str, written: str
) -> None:
    await complete(client, fhir.base, all_but("patient", "conditions"), patient_id=patient_id)
    assert sorted(fhir.targets) == [
        f"Condition?patient={written}&_count=1000",
        f"Patient/{written}",
    ]


@pytest.mark.parametrize("patient_id", [".", "..", "..."])
async def test_an_id_of_dots_climbs_nowhere(
    fhir: FhirServer, client: Client, patient_id: str
) -> None:
    found = await complete(client, fhir.base, all_but("patient"), patient_id=patient_id)
    assert whys(found) == {"patient": NOT_SUPPLIED}
    assert not fhir.asked


@pytest.mark.parametrize("token", ["a\r\nX-Other: 1", "a b", "é", ""])
async def test_a_token_that_is_none_is_not_sent(
    fhir: FhirServer, client: Client, token: str
) -> None:
    found = await complete(client, fhir.base, all_but("devices"), token=token)
    assert whys(found) == {"devices": NOT_SUPPLIED}
    assert not fhir.asked


async def test_an_open_server_is_asked_without_a_token(fhir: FhirServer, client: Client) -> None:
    found = await complete(client, fhir.base, all_but("devices"), token=None)
    assert not found.gaps
    assert "authorization" not in fhir.asked[0].headers


async def test_pages_are_followed_to_the_last(fhir: FhirServer, client: Client) -> None:
    fhir.answers[""] = says(
        page(resource("Condition", "c2"), next_link=f"{fhir.base}/Condition/_more?page=3")
    )
    fhir.answers["Condition"] = in_turn(
        says(page(resource("Condition", "c1"), next_link=f"{fhir.base}?_getpages=x&_offset=1")),
        says(page(resource("Condition", "c3"))),
    )
    found = await complete(client, fhir.base, all_but("conditions"))
    assert not found.gaps
    assert ids(found) == ["c1", "c2", "c3"]
    assert list(found.prefetch) == ["conditions", "conditions+2", "conditions+3"]
    assert all(one.headers["authorization"] == f"Bearer {TOKEN}" for one in fhir.asked)


async def test_of_a_page_that_was_sent_only_the_rest_is_fetched(
    fhir: FhirServer, client: Client
) -> None:
    link = f"{fhir.base}/Observation?patient=p1&page=2"
    sent = page(resource("Observation", "o1"), next_link=link)
    fhir.answers["Observation"] = says(page(resource("Observation", "o2")))
    found = await complete(client, fhir.base, all_but("observations", theirs=sent))
    assert fhir.targets == ["Observation?patient=p1&page=2"]
    assert not found.gaps
    assert "Observation" in found.supplied
    assert ids(found) == ["o1", "o2"]


async def test_a_page_of_many_lists_goes_on_once_for_all_of_them(
    fhir: FhirServer, client: Client
) -> None:
    kinds = ("Patient", "Condition", "Observation", "Procedure")
    link = f"{fhir.base}/More?page=2"
    sent = page(*(resource(kind, "1") for kind in kinds), next_link=link)
    fhir.answers["More"] = says(page(*(resource(kind, "2") for kind in kinds)))
    found = await complete(client, fhir.base, {"everything": sent})
    assert not found.gaps
    assert fhir.targets.count("More?page=2") == 1
    assert len(fhir.targets) == 1 + len(PREFETCH) - len(kinds)
    assert ids(found) == ["1", "1", "1", "2", "2", "2"]


async def test_what_was_sent_is_never_overwritten(fhir: FhirServer, client: Client) -> None:
    link = f"{fhir.base}/Condition?page=2"
    sent = {
        "conditions": page(resource("Condition", "c1"), next_link=link),
        "conditions+2": bundle(),
    }
    fhir.answers["Condition"] = says(page(resource("Condition", "c2")))
    found = await complete(client, fhir.base, all_but(**sent))
    assert list(found.prefetch) == ["conditions+3"]
    assert ids(found) == ["c1", "c2"]
    assert "Condition" in found.supplied


async def test_an_error_that_was_sent_is_asked_again(fhir: FhirServer, client: Client) -> None:
    found = await complete(client, fhir.base, all_but(conditions=outcome()))
    assert [one.path for one in fhir.asked] == ["Condition"]
    assert list(found.prefetch) == ["conditions+2"]
    assert not found.gaps
    assert "Condition" in found.supplied


async def test_a_page_whose_next_lies_elsewhere_is_asked_for_anew(
    fhir: FhirServer, client: Client
) -> None:
    sent = page(resource("Condition", "c1"), next_link="https://inner.example/fhir?page=2")
    fhir.answers["Condition"] = says(page(resource("Condition", "c1"), resource("Condition", "c2")))
    found = await complete(client, fhir.base, all_but(conditions=sent))
    assert fhir.targets == ["Condition?patient=p1&_count=1000"]
    assert ids(found) == ["c1", "c2"]
    assert not found.gaps


@pytest.mark.parametrize(
    "answer",
    [says(outcome(), 410), says(outcome(), 400), says(b"<html>"), says(outcome())],
    ids=["gone", "bad", "html", "outcome"],
)
async def test_a_next_page_that_is_gone_makes_the_list_be_asked_for_anew(
    fhir: FhirServer, client: Client, answer: Answer
) -> None:
    sent = page(resource("Condition", "c1"), next_link=f"{fhir.base}/Pages?session=of-the-ehr")
    fhir.answers["Pages"] = answer
    fhir.answers["Condition"] = says(page(resource("Condition", "c1"), resource("Condition", "c2")))
    found = await complete(client, fhir.base, all_but(conditions=sent))
    assert fhir.targets[1:] == ["Condition?patient=p1&_count=1000"]
    assert not found.gaps
    assert ids(found) == ["c1", "c2"]


async def test_a_next_page_that_may_not_be_read_is_a_gap(fhir: FhirServer, client: Client) -> None:
    sent = page(resource("Condition", "c1"), next_link=f"{fhir.base}/Pages?page=2")
    fhir.answers["Pages"] = says(outcome(), 401)
    found = await complete(client, fhir.base, all_but(conditions=sent))
    assert whys(found) == {"conditions": REFUSED}
    assert len(fhir.asked) == 1


async def test_what_fails_unforeseen_costs_one_list(
    fhir: FhirServer,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(_name: str, _body: bytes) -> None:
        raise RuntimeError("MARKER")

    monkeypatch.setattr("service.ehr.chains.read_patient", fails)
    found = await complete(client, fhir.base, {})
    assert whys(found) == {"patient": FAILED}
    written = "".join(capsys.readouterr())
    assert "RuntimeError" in written
    assert "MARKER" not in written


@pytest.mark.parametrize("link", ["https://elsewhere.example/fhir?page=2", "http://[::1"])
async def test_a_server_whose_next_page_lies_elsewhere_is_not_followed(
    fhir: FhirServer, client: Client, link: str
) -> None:
    fhir.answers["Condition"] = says(page(resource("Condition", "c1"), next_link=link))
    found = await complete(client, fhir.base, all_but("conditions"))
    assert whys(found) == {"conditions": CUT_OFF}
    assert "Condition" not in found.supplied
    assert ids(found) == ["c1"]


async def test_a_next_page_that_was_there_before_is_noticed(
    fhir: FhirServer, client: Client
) -> None:
    def round_to(name: str, number: int) -> object:
        return page(resource("Condition", name), next_link=f"{fhir.base}/Condition?page={number}")

    fhir.answers["Condition"] = in_turn(
        *(says(round_to(f"c{number}", number % 2)) for number in range(6))  # type: ignore[arg-type]
    )
    found = await complete(client, fhir.base, all_but("conditions"))
    assert whys(found) == {"conditions": CUT_OFF}
    assert len(fhir.asked) == 3


async def test_pages_have_an_end(fhir: FhirServer, client: Client) -> None:
    number = 0

    async def endless(asked: object, writer: object) -> None:
        nonlocal number
        number += 1
        link = f"{fhir.base}/Condition?page={number}"
        body = page(resource("Condition", f"c{number}"), next_link=link)
        await says(body)(asked, writer)  # type: ignore[arg-type]

    fhir.answers["Condition"] = endless
    found = await complete(client, fhir.base, all_but("conditions"), seconds=20)
    assert whys(found) == {"conditions": TOO_MUCH}
    assert len(fhir.asked) == PAGES == len(ids(found))


async def test_resources_have_an_end(fhir: FhirServer, client: Client) -> None:
    many = [resource("Condition", f"c{number}") for number in range(11)]
    fhir.answers["Condition"] = says(page(*many))
    sent = all_but("conditions", observations=bundle(resource("Observation", "o1")))
    found = await complete(client, fhir.base, sent, resources=12)
    assert whys(found) == {"conditions": TOO_MUCH}
    assert "c1" not in ids(found)
    found = await complete(client, fhir.base, sent, resources=13)  # with the Patient
    assert not found.gaps


async def test_a_missing_patient_costs_only_the_patient(fhir: FhirServer, client: Client) -> None:
    for status in (404, 410):
        fhir.answers["Patient"] = says(outcome(), status)
        found = await complete(client, fhir.base, {})
        assert whys(found) == {"patient": FAILED}
    fhir.answers["Patient"] = says(page(patient()))
    assert whys(await complete(client, fhir.base, {})) == {"patient": UNREADABLE}


async def test_a_gap_names_the_query_without_the_patient(fhir: FhirServer, client: Client) -> None:
    fhir.answers["Condition"] = says(outcome(), 401)
    found = await complete(client, fhir.base, all_but("conditions"))
    assert found.gaps == (Gap("conditions", PREFETCH["conditions"], REFUSED),)
    assert "p1" not in found.gaps[0].query
    assert set(whys(found).values()) <= set(REASONS)


@pytest.mark.parametrize(
    "body",
    [
        page(),
        page(total=0),
        page(NONE_FOUND, total=0),
        {"resourceType": "Bundle", "type": "searchset", "total": 0},
    ],
    ids=["empty", "total", "outcome", "no entry"],
)
async def test_a_search_that_found_nothing_is_an_empty_list(
    fhir: FhirServer, client: Client, body: dict[str, object]
) -> None:
    fhir.answers["Condition"] = says(body)
    found = await complete(client, fhir.base, all_but("conditions"))
    assert not found.gaps
    assert "Condition" in found.supplied


async def test_an_error_among_the_results_is_no_whole_list(
    fhir: FhirServer, client: Client
) -> None:
    fhir.answers["Procedure"] = says(page(resource("Procedure", "x1"), outcome("error")))
    found = await complete(client, fhir.base, all_but("procedures"))
    assert whys(found) == {"procedures": UNREADABLE}
    assert "Procedure" not in found.supplied
    assert ids(found) == ["x1"]


@pytest.mark.parametrize(
    "body",
    [
        page(resource("Condition", "c1", code=[1], subject=5)),
        page(total=7),
        {"resourceType": "Bundle", "type": "searchset", "entry": [{"fullUrl": "Condition/1"}]},
    ],
    ids=["broken", "total without entries", "links"],
)
async def test_a_list_of_which_nothing_can_be_read_is_a_gap(
    fhir: FhirServer, client: Client, body: dict[str, object]
) -> None:
    fhir.answers["Condition"] = says(body)
    found = await complete(client, fhir.base, all_but("conditions"))
    assert whys(found) == {"conditions": UNREADABLE}
    assert "Condition" not in found.supplied


async def test_connections_are_kept_between_calls(fhir: FhirServer, client: Client) -> None:
    for _ in range(5):
        await complete(client, fhir.base, all_but("conditions"))
    assert len(fhir.asked) == 5
    assert fhir.connections == 1
    await complete(client, fhir.base, {})
    assert fhir.connections <= len(PREFETCH)


async def test_lists_are_asked_for_at_the_same_time(fhir: FhirServer, client: Client) -> None:
    await complete(client, fhir.base, {})
    assert len({one.connection for one in fhir.asked}) == len(PREFETCH)


async def test_no_cookie_is_kept(fhir: FhirServer, client: Client) -> None:
    fhir.answers["Condition"] = says(page(), 200, "Set-Cookie: session=p1; Path=/")
    for _ in range(2):
        await complete(client, fhir.base, all_but("conditions"))
    assert not any("cookie" in one.headers for one in fhir.asked)


async def test_each_look_up_is_counted_by_its_key_and_result(
    fhir: FhirServer, client: Client
) -> None:
    def counted(result: str) -> float:
        labels = {"key": "devices", "result": result}
        return REGISTRY.get_sample_value("backflag_fhir_lookups_total", labels) or 0

    before = counted("ok"), counted(REFUSED)
    await complete(client, fhir.base, all_but("devices"))
    fhir.answers["Device"] = says(outcome(), 403)
    await complete(client, fhir.base, all_but("devices"))
    assert (counted("ok"), counted(REFUSED)) == (before[0] + 1, before[1] + 1)


async def test_nothing_of_the_patient_or_the_token_is_logged(
    fhir: FhirServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with new_client() as client:
        fhir.answers["Condition"] = says(b"{", 200)
        fhir.answers["Device"] = says(outcome(), 500)
        fhir.answers["Encounter"] = says(b"", 302, "Location: https://elsewhere.example/")
        await complete(client, fhir.base, {}, patient_id="MARKER")
        await complete(client, "http://127.0.0.1:1/fhir", {}, patient_id="MARKER")
    assert TOKEN not in caplog.text
    assert "MARKER" not in caplog.text
