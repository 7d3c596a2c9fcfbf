"""`/criteria` and `/criteria/{id}` over HTTP: who gets which form, and what a page may do."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from fhir.resources.R4B.operationoutcome import OperationOutcome
from starlette.testclient import TestClient

from service.app import create_app
from service.judging import LibraryEngine, load_engine
from service.pages.accept import Form, preferred
from service.settings import read_settings

BASE = "https://cds.example.org/flags"
CES = "/criteria/cauda-equina-syndrome"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
PAGE = {"Accept": BROWSER}
BOTH = ["/criteria", CES]


@pytest.fixture(scope="module")
def engine() -> LibraryEngine:
    return load_engine(BASE)


@pytest.fixture(scope="module")
def client(engine: LibraryEngine) -> Iterator[TestClient]:
    settings = read_settings(_env_file=None, base_url=BASE)
    with TestClient(create_app(settings, engine), follow_redirects=False) as client:
        yield client


ACCEPTED = {
    "": Form.JSON,
    "*/*": Form.JSON,
    "application/json": Form.JSON,
    "text/html": Form.HTML,
    "TEXT/HTML": Form.HTML,
    BROWSER: Form.HTML,
    "application/json, text/html": Form.JSON,
    "application/json;q=0.4, text/html;q=0.5": Form.HTML,
    "text/html;q=0.4, application/json;q=0.5": Form.JSON,
    "text/*, application/json;q=0.9": Form.HTML,
    "text/html;q=0, */*": Form.JSON,
    "application/*;q=0.2, text/html;q=0.1": Form.JSON,
    "text/html;level=1;q=0.9, */*;q=0.1": Form.HTML,
    "text/html;q=nonsense, */*;q=0.1": Form.JSON,
    "text/html;q=nan, */*;q=0.1": Form.JSON,
    "image/png": Form.JSON,
    ",,;": Form.JSON,
}


@pytest.mark.parametrize("accept", ACCEPTED)
def test_the_form_is_the_one_that_is_accepted_best(accept: str) -> None:
    assert preferred(accept) is ACCEPTED[accept]


@pytest.mark.parametrize("path", BOTH)
def test_a_browser_gets_a_page_and_a_program_json(
    client: TestClient, engine: LibraryEngine, path: str
) -> None:
    page, json = client.get(path, headers=PAGE), client.get(path)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.startswith("<!doctype html>")
    assert json.headers["content-type"] == "application/json"
    assert json.json()["knowledgeVersion"] == engine.knowledge_version
    assert "Accept" in page.headers["vary"]
    assert "Accept" in json.headers["vary"]


@pytest.mark.parametrize("path", BOTH)
def test_the_address_can_name_the_form(client: TestClient, path: str) -> None:
    assert client.get(path, params={"format": "html"}).text.startswith("<!doctype html>")
    json = client.get(path, params={"format": "json"}, headers=PAGE)
    assert json.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", BOTH)
def test_a_form_that_there_is_not_is_refused(client: TestClient, path: str) -> None:
    response = client.get(path, params={"format": "xml"})
    assert response.status_code == HTTPStatus.BAD_REQUEST
    OperationOutcome.model_validate(response.json())


def test_the_list_links_to_every_criterion_by_the_public_address(
    client: TestClient, engine: LibraryEngine
) -> None:
    listed = client.get("/criteria").json()["criteria"]
    assert {one["id"] for one in listed} == set(engine.library.criteria)
    for one in listed:
        assert {"title", "version", "urgency", "group", "signedOff", "switchedOff"} <= set(one)
        assert one["link"] == f"{BASE}/criteria/{one['id']}"
        assert client.get(f"/criteria/{one['id']}").status_code == HTTPStatus.OK


def test_a_criterion_that_there_is_not_is_404_in_both_forms(client: TestClient) -> None:
    json = client.get("/criteria/none-such")
    assert json.status_code == HTTPStatus.NOT_FOUND
    OperationOutcome.model_validate(json.json())
    page = client.get("/criteria/none-such", headers=PAGE)
    assert page.status_code == HTTPStatus.NOT_FOUND
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "No such criterion" in page.text


def test_what_a_404_quotes_is_plain_text(client: TestClient) -> None:
    page = client.get("/criteria/%3Cb%3Ebold%22", headers=PAGE)
    assert "&lt;b&gt;bold&#34;" in page.text


@pytest.mark.parametrize("accept", [BROWSER, "application/json"])
@pytest.mark.parametrize("path", BOTH)
def test_what_the_client_has_is_not_sent_again(client: TestClient, path: str, accept: str) -> None:
    headers = {"Accept": accept}
    first = client.get(path, headers=headers)
    assert first.headers["cache-control"] == "no-cache"
    for tag in (first.headers["etag"], f'"x", W/{first.headers["etag"]}', "*"):
        again = client.get(path, headers={**headers, "If-None-Match": tag})
        assert again.status_code == HTTPStatus.NOT_MODIFIED
        assert again.content == b""
        assert again.headers["etag"] == first.headers["etag"]


def test_the_two_forms_have_tags_of_their_own(client: TestClient) -> None:
    page, json = client.get(CES, headers=PAGE), client.get(CES)
    assert page.headers["etag"] != json.headers["etag"]
    again = client.get(CES, headers={**PAGE, "If-None-Match": json.headers["etag"]})
    assert again.status_code == HTTPStatus.OK


@pytest.mark.parametrize("path", [*BOTH, "/criteria/changelog.txt"])
def test_head_tells_the_length_and_nothing_else(client: TestClient, path: str) -> None:
    whole, head = client.get(path, headers=PAGE), client.head(path, headers=PAGE)
    assert head.status_code == HTTPStatus.OK
    assert head.content == b""
    assert head.headers["content-length"] == str(len(whole.content))
    assert head.headers["etag"] == whole.headers["etag"]


def test_nothing_can_be_written_here(client: TestClient) -> None:
    for path in BOTH:
        assert client.post(path, json={}).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_a_slash_at_the_end_leads_to_the_list(client: TestClient) -> None:
    response = client.get("/criteria/?format=html")
    assert response.status_code == HTTPStatus.PERMANENT_REDIRECT
    assert response.headers["location"] == "../criteria?format=html"


def test_the_changelog_is_plain_text(client: TestClient) -> None:
    response = client.get("/criteria/changelog.txt", headers=PAGE)
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text.startswith("# Which patients will see something different")


@pytest.mark.parametrize("path", [*BOTH, "/criteria/none-such", "/criteria/changelog.txt"])
@pytest.mark.parametrize("headers", [PAGE, {}], ids=["page", "json"])
def test_every_answer_forbids_what_it_does_not_need(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    sent = client.get(path, headers=headers).headers
    assert sent["x-content-type-options"] == "nosniff"
    assert sent["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in sent["content-security-policy"]
    assert "unsafe" not in sent["content-security-policy"]


@pytest.mark.parametrize("path", BOTH)
def test_the_policy_lets_the_page_s_own_style_in(client: TestClient, path: str) -> None:
    response = client.get(path, headers=PAGE)
    found = re.findall(r"<style>(.*?)</style>", response.text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in found]
    assert len(digests) == 1
    assert f"style-src 'sha256-{digests[0]}'" in response.headers["content-security-policy"]


def test_behind_a_prefix_the_pages_are_there_too(engine: LibraryEngine) -> None:
    settings = read_settings(_env_file=None, root_path="/flags")
    with TestClient(create_app(settings, engine)) as client:
        for path in ("/flags/criteria", "/criteria", f"/flags{CES}"):
            assert client.get(path).status_code == HTTPStatus.OK


def test_the_card_s_link_leads_to_a_page(client: TestClient, engine: LibraryEngine) -> None:
    chart: dict[str, Any] = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": {"reference": "Patient/p1"},
        "code": {"text": "Saddle numbness"},
    }
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": chart}]}
    body = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u1", "patientId": "p1"},
        "prefetch": {"conditions": bundle, "observations": None},
    }
    answer = client.post("/cds-services/back-numbness-patient-view", json=body).json()
    (link,) = answer["cards"][0]["links"]
    assert link["url"].startswith(BASE)
    assert client.get(link["url"].removeprefix(BASE), headers=PAGE).status_code == HTTPStatus.OK
