"""Who may call, and what is told, kept and written of it."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import yaml
from cryptography.hazmat.primitives import serialization

from service.judging import LibraryEngine
from tests.callers.ehr import Keys, Published
from tests.conformance.requests import TOKEN, access, example
from tests.conformance.running import Service, an_ehr, serving
from tests.conformance.test_feedback import overridden
from tests.conftest import ROOT
from tests.service.test_serving import SERVE, Server

Json = dict[str, Any]
BASE = "https://cds.example.org"
ISS = "https://ehr.example.org/fhir"
VIEW = "/cds-services/back-numbness-patient-view"
OUT = HTTPStatus.UNAUTHORIZED
NOTHING = "The call is not authorised."


@dataclass(frozen=True)
class Site:
    """A service that wants tokens, and the keys of those it trusts.

    `main` has a key of each recommended kind in the file, `small` one RSA key that does not say
    what it is for, and the keys of `published` are at its jku.
    """

    service: Service
    rsa: Keys
    curve: Keys
    foreign: Keys
    jku: str
    documents: dict[str, Json]
    folder: Path

    def call(self, authorization: str | None, path: str = VIEW) -> int:
        """The status of a call; a refusal is held against what it may say."""
        headers = {} if authorization is None else {"Authorization": authorization}
        status, body = self.service.call_at(path, example(), **headers)
        if status == OUT:
            (issue,) = body["issue"]
            assert issue["diagnostics"] == NOTHING
            assert issue.keys() == {"severity", "code", "diagnostics"}
        return status

    def token(self, keys: Keys | None = None, path: str = VIEW, **more: Any) -> str:
        """A token of `main`; a claim of None is left out."""
        return (keys or self.rsa).token(claims(path, **more))


def claims(path: str = VIEW, **more: Any) -> Json:
    return {key: one for key, one in ({"iss": ISS, "aud": BASE + path} | more).items() if one}


@pytest.fixture(scope="module")
def site(engine: LibraryEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    rsa, curve, foreign = Keys("RS384", "k1"), Keys("ES384", "k2"), Keys("RS384", "k1")
    documents = {"/keys": curve.public}
    published = Published(documents)
    both = {"keys": rsa.public["keys"] + curve.public["keys"]}
    (key,) = rsa.public["keys"]
    bare = {"keys": [{name: one for name, one in key.items() if name not in ("alg", "use")}]}
    clients = [
        {"name": "main", "iss": ISS, "jwks": both},
        {"name": "small", "iss": "https://small", "jwks": bare, "algorithms": ["RS384"]},
        {"name": "published", "iss": "https://pub", "jku": f"{published.url}/keys"},
        {"name": "tenants", "iss": "https://many", "jwks": both, "tenants": ["main"]},
    ]
    file = folder / "clients.yaml"
    file.write_text(yaml.safe_dump({"clients": clients}))
    given = {"auth": "required", "clients_file": file, "base_url": BASE, "discovery": "closed"}
    origins = {"cors_origins": "https://sandbox.cds-hooks.org"}
    with serving(engine, **(given | origins)) as running:
        yield Site(running, rsa, curve, foreign, f"{published.url}/keys", documents, folder)
    published.close()


# -- who is let in -------------------------------------------------------------------------------


@pytest.mark.requirement("T4", "T13")
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x", "Basic dTpw", "Bearer a.b.c"])
def test_without_a_token_nobody_is_let_in(site: Site, header: str | None) -> None:
    assert site.call(header) == OUT


@pytest.mark.requirement("T9", "T4", "T1")
@pytest.mark.parametrize("kind", ["rsa", "curve"])
def test_both_recommended_algorithms_open_for_the_https_address(site: Site, kind: str) -> None:
    assert site.call(site.token(getattr(site, kind))) == HTTPStatus.OK


@pytest.mark.requirement("D14")
def test_discovery_may_want_a_token_for_its_own_address(site: Site, service: Service) -> None:
    token = site.token(path="/cds-services")
    assert site.service.discovery(Authorization=token)["services"]
    assert site.service.http.get("/cds-services").status_code == OUT
    assert service.discovery(Authorization="Bearer of.no.use")["services"]


@pytest.mark.requirement("F6")
def test_feedback_wants_a_token_for_its_own_address(site: Site) -> None:
    path = f"{VIEW}/feedback"
    (card, *_) = site.service.cards(example(), Authorization=site.token())
    told = {"feedback": [overridden(card)]}
    assert site.service.tell(told)[0] == OUT
    assert site.service.tell(told, Authorization=site.token(path=path)) == (HTTPStatus.OK, {})


@pytest.mark.requirement("T6")
@pytest.mark.parametrize(
    "more",
    [
        {"aud": [f"{BASE}{VIEW}"]},
        {"aud": ["https://other", f"{BASE}{VIEW}"]},
        {"tenant": "anyone"},
        {"nbf": int(time.time()) - 300, "sub": "client"},
        {"iss": "https://many", "tenant": "main"},
    ],
)
def test_a_token_may_name_several_audiences_and_a_tenant(site: Site, more: Json) -> None:
    assert site.call(site.token(**more)) == HTTPStatus.OK


@pytest.mark.requirement("T6")
@pytest.mark.parametrize("claim", ["iss", "aud", "exp", "iat", "jti"])
def test_no_claim_may_be_missing(site: Site, claim: str) -> None:
    now = int(time.time())
    whole = claims() | {"iat": now, "exp": now + 300, "jti": f"without {claim}"}
    del whole[claim]
    signed = jwt.encode(whole, site.rsa.private, "RS384", {"kid": "k1"})
    assert site.call(f"Bearer {signed}") == OUT


@pytest.mark.requirement("T6")
@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": f"{BASE}/cds-services/back-numbness-order-sign"},
        {"aud": "https://other.example.org"},
        {"exp": int(time.time()) - 60, "iat": int(time.time()) - 120},
        {"iat": int(time.time()) + 600, "exp": int(time.time()) + 900},
        {"exp": int(time.time()) + 100_000},
        {"exp": "soon"},
        {"iss": "https://many"},
        {"iss": "https://many", "tenant": "other"},
    ],
)
def test_no_claim_may_be_wrong(site: Site, wrong: Json) -> None:
    assert site.call(site.token(**wrong)) == OUT


@pytest.mark.requirement("T6")
def test_a_clock_may_be_half_a_second_ahead(site: Site) -> None:
    now = int(time.time()) + 1
    assert site.call(site.token(iat=now, exp=now + 300)) == HTTPStatus.OK


@pytest.mark.requirement("T5")
def test_the_key_is_named_unless_there_is_only_one(site: Site) -> None:
    def unnamed(iss: str) -> str:
        now = int(time.time())
        whole = claims(iss=iss, jti=f"unnamed {iss}") | {"iat": now, "exp": now + 300}
        return jwt.encode(whole, site.rsa.private, "RS384")

    assert site.call(f"Bearer {unnamed(ISS)}") == OUT
    assert site.call(f"Bearer {unnamed('https://small')}") == HTTPStatus.OK
    assert site.call(site.rsa.token(claims(), kid="another")) == OUT
    assert site.call(site.rsa.token(claims(), typ="JWE")) == OUT
    assert site.call(site.rsa.token(claims(), typ="")) == HTTPStatus.OK


@pytest.mark.requirement("T7")
def test_an_issuer_or_a_key_set_that_is_not_listed_is_neither_trusted_nor_asked(
    site: Site,
) -> None:
    documents = _Watched({"/keys": site.foreign.public})
    elsewhere = Published(documents)
    jku = f"{elsewhere.url}/keys"
    assert site.call(site.foreign.token(claims(iss="https://nobody"), jku=jku)) == OUT
    assert site.call(site.foreign.token(claims(), jku=jku)) == OUT
    assert site.call(site.foreign.token(claims(iss="https://pub"), jku=jku)) == OUT
    assert documents.asked == []
    assert httpx.get(jku).json() == site.foreign.public
    assert documents.asked == ["/keys"]
    elsewhere.close()


class _Watched(dict[str, Json]):
    """Documents that remember who asked for them."""

    def __init__(self, documents: dict[str, Json]) -> None:
        super().__init__(documents)
        self.asked: list[str] = []

    def __getitem__(self, path: str) -> Json:
        self.asked.append(path)
        return super().__getitem__(path)


@pytest.mark.requirement("T8")
def test_no_token_without_a_signature_or_with_a_shared_secret_opens(site: Site) -> None:
    public: Any = site.rsa.private.public_key()
    pem = public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    now = int(time.time())
    whole = claims(jti="forged") | {"iat": now, "exp": now + 300}
    unsigned = f"{_part({'alg': 'none', 'kid': 'k1', 'typ': 'JWT'})}.{_part(whole)}."
    assert site.call(f"Bearer {unsigned}") == OUT
    for algorithm in ("HS256", "HS384", "HS512"):
        header = _part({"alg": algorithm, "kid": "k1", "typ": "JWT"})
        signed = f"{header}.{_part(whole)}"
        signer = jwt.get_algorithm_by_name(algorithm)
        signature = base64.urlsafe_b64encode(signer.sign(signed.encode(), pem)).rstrip(b"=")
        assert site.call(f"Bearer {signed}.{signature.decode()}") == OUT
    assert site.call(site.foreign.token(claims())) == OUT


def _part(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.requirement("T10")
def test_keys_at_the_jku_are_found_and_so_are_those_that_come_after(site: Site) -> None:
    mine = claims(iss="https://pub")
    assert site.call(site.curve.token(mine, jku=site.jku)) == HTTPStatus.OK
    new = Keys("ES384", "new")
    assert site.call(new.token(mine)) == OUT
    site.documents["/keys"] = new.public
    assert site.call(new.token(mine)) == HTTPStatus.OK


@pytest.mark.requirement("T11")
def test_only_the_algorithms_listed_for_a_client_open(site: Site) -> None:
    assert site.call(site.rsa.token(claims(iss="https://small"))) == HTTPStatus.OK
    assert site.call(site.curve.token(claims(iss="https://small"), kid="k1")) == OUT
    weaker = Keys("RS256", "k1")
    weaker.private = site.rsa.private
    assert site.call(weaker.token(claims())) == OUT
    assert site.call(weaker.token(claims(iss="https://small"))) == OUT


@pytest.mark.requirement("T12")
def test_a_token_opens_once(site: Site) -> None:
    token = site.token()
    assert [site.call(token), site.call(token)] == [HTTPStatus.OK, OUT]
    again = site.token(jti="the same name")
    assert site.call(again) == HTTPStatus.OK
    assert site.call(site.token(jti="the same name", exp=int(time.time()) + 200)) == OUT


@pytest.mark.requirement("T13", "R4")
def test_a_refusal_says_nothing_of_why(site: Site) -> None:
    answers = [
        site.service.post(VIEW, example(), Authorization=one)
        for one in ("Bearer x", site.foreign.token(claims()), site.token(iss="https://nobody"))
    ]
    assert {answer.status_code for answer in answers} == {OUT}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["www-authenticate"] for answer in answers} == {"Bearer"}


@pytest.mark.requirement("T14")
@pytest.mark.parametrize("path", ["/cds-services", VIEW, f"{VIEW}/feedback"])
def test_a_browser_is_answered_before_it_has_a_token(site: Site, path: str) -> None:
    origin = "https://sandbox.cds-hooks.org"
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = site.service.http.options(path, headers=headers)
    assert answer.is_success
    assert answer.headers["access-control-allow-origin"] == origin
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed
    refused = site.service.http.post(path, headers={"Origin": origin})
    assert refused.headers["access-control-allow-origin"] == origin
    other = site.service.http.options(path, headers=headers | {"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers


# -- what is written -----------------------------------------------------------------------------


@pytest.mark.requirement("Q12", "Q14", "T13", "T15", "Q11")
def test_neither_tokens_nor_patients_are_written_anywhere(tmp_path: Path) -> None:
    keys = Keys("ES384", "k1")
    request = example()
    name = request["context"]["patientId"]
    with an_ehr(request["prefetch"], TOKEN) as ehr:
        client = {"name": "main", "iss": ISS, "jwks": keys.public, "fhir_servers": [ehr.url]}
        file = tmp_path / "clients.yaml"
        file.write_text(yaml.safe_dump({"clients": [client]}))
        server = Server(1, _required(file, tmp_path / "kept.db"))
        server.start()
        body = json.dumps(request | access(ehr.url) | {"prefetch": {}}).encode()
        token = keys.token(claims())
        first = server.call(VIEW, body, Authorization=token)
        replayed = server.call(VIEW, body, Authorization=token)
        figures = _figures(server.port)
        log = server.stop().decode()
    assert first[0] == HTTPStatus.OK
    assert replayed[0] == OUT
    assert {asked.authorization for asked in ehr.asked} == {f"Bearer {TOKEN}"}
    assert request["hookInstance"] in log
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("kept.db*"))
    written = [log, figures, json.dumps([first, replayed]), kept.decode("latin-1")]
    for text in written:
        assert TOKEN not in text
        assert token.removeprefix("Bearer ") not in text
    for text in (log, figures, kept.decode("latin-1")):
        assert name not in text
        assert "Saddle" not in text


def _required(file: Path, database: Path) -> dict[str, str]:
    return {
        "BACKFLAG_AUTH": "required",
        "BACKFLAG_CLIENTS_FILE": str(file),
        "BACKFLAG_BASE_URL": BASE,
        "BACKFLAG_DEADLINE_MS": "20000",
        "BACKFLAG_DATABASE_URL": f"sqlite:///{database}",
    }


def _figures(port: int) -> str:
    return httpx.get(f"http://127.0.0.1:{port}/metrics").text


@pytest.mark.requirement("T1", "J1")
def test_a_public_address_of_plain_http_is_warned_of(site: Site, tmp_path: Path) -> None:
    given = _required(site.folder / "clients.yaml", tmp_path / "kept.db")
    given |= {"BACKFLAG_BASE_URL": "http://cds.example.org", "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(
        [*SERVE, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env=given,
    ) as process:
        assert process.stdout is not None
        warned = any(b"patient data needs https" in line for line in process.stdout)
        process.terminate()
    assert warned


@pytest.mark.requirement("T4")
def test_the_service_does_not_start_open_to_others(tmp_path: Path) -> None:
    done = subprocess.run(
        [*SERVE, "--host", "0.0.0.0", "--port", "0"],
        capture_output=True, cwd=ROOT, timeout=60, check=False,
        env={"PATH": "/usr/bin:/bin", "BACKFLAG_DATABASE_URL": f"sqlite:///{tmp_path}/x.db"},
    )  # fmt: skip
    assert done.returncode == 2
    assert b"BACKFLAG_CLIENTS_FILE" in done.stderr


# -- what is documented --------------------------------------------------------------------------


def documented(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.requirement("T1", "T3")
def test_how_a_proxy_ends_tls_and_asks_for_certificates_is_documented() -> None:
    text = documented("trust.md")
    assert "ssl_protocols           TLSv1.2 TLSv1.3;" in text
    assert "ssl_verify_client" in text
    assert "BACKFLAG_BASE_URL=https://" in text


@pytest.mark.requirement("T2", "T15")
def test_how_patients_data_are_protected_is_documented_topic_by_topic() -> None:
    text = documented("connecting.md").partition("## How data are protected")[2]
    topics = (
        "Time keeping", "Communications", "Authentication", "Authorisation", "Audit",
        "Digital signatures", "Attachments", "Labels", "Data management", "Narrative",
        "Input validation",
    )  # fmt: skip
    for topic in topics:
        assert f"| {topic} |" in text


@pytest.mark.requirement("T16")
def test_what_the_ehr_has_to_register_is_documented() -> None:
    text = documented("connecting.md")
    assert "authorization server" in text
    assert "patient/Condition.rs" in text
