from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
import traceback
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.trust.clients import Clients
from service.trust.gate import Caller, Gate
from service.trust.nonces import RememberedNonces
from service.trust.refusals import REASONS, Refused, Why
from tests.service.trust.making import (
    BASE,
    EXPLAIN,
    FHIR,
    ISSUER,
    NAME,
    OTHER,
    SERVICE,
    claims,
    client,
    clients,
    jwk,
    private,
    token,
)

FEEDBACK = f"{SERVICE}/feedback"


class Forgetful:
    """Nonces that must not be asked for a token that is not good."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, float]] = []

    async def first_use(self, issuer: str, token_id: str, until: float) -> bool:
        self.asked.append((issuer, token_id, until))
        return True


def admit(
    known: Clients,
    *shown: str | None,
    called: tuple[str, ...] = (SERVICE,),
    clock: Callable[[], float] = time.time,
    nonces: Any = None,
) -> Caller:
    """The caller of the last token; none of these clients has a key set to look up."""

    async def work() -> Caller:
        async with httpx.AsyncClient(transport=httpx.MockTransport(_nothing)) as http:
            gate = Gate(known, nonces or RememberedNonces(), http, clock)
            for header in shown:
                found = await gate.admit(header, called)
            return found

    return asyncio.run(work())


def _nothing(request: httpx.Request) -> httpx.Response:
    raise AssertionError("nothing is to be looked up")


def why(known: Clients, shown: str | None, **more: Any) -> str:
    nonces = Forgetful()
    with pytest.raises(Refused) as caught:
        admit(known, shown, nonces=nonces, **more)
    assert not nonces.asked, "a token that fails uses up no jti"
    return caught.value.why


def bearer(**more: Any) -> str:
    return f"Bearer {token(**more)}"


def by_hand(header: Any, body: Any, signature: bytes = b"x") -> str:
    """A token of any content."""
    parts = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in (header, body)]
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in (*parts, signature))


@pytest.fixture
def known(tmp_path: Path) -> Clients:
    return clients(tmp_path)


def test_a_good_token_lets_its_client_in(tmp_path: Path) -> None:
    known = clients(tmp_path, client(fhir_servers=[FHIR]))
    assert admit(known, bearer(tenant="main")) == Caller(NAME, "main", (FHIR,))
    assert admit(known, bearer()) == Caller(NAME, None, (FHIR,))


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_each_algorithm_that_is_listed_works(tmp_path: Path, algorithm: str) -> None:
    key = jwk("k2", algorithm, alg=algorithm, use="sig", key_ops=["verify"])
    known = clients(tmp_path, client(algorithms=[algorithm], jwks={"keys": [key]}))
    assert admit(known, bearer(key_id="k2", algorithm=algorithm)).name == NAME


def test_no_header_is_no_token(known: Clients) -> None:
    assert why(known, None) == "no-token"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer a",
        "Bearer a.b",
        "Bearer a.b.c",
        "Bearer a.b.c.d",
        "Bearer {}.{}.{}",
        "Bearer\t{token}",
        "Bearer {token}, Bearer {token}",
        "Bearer {token} {token}",
        "Bearer {token}=",
        "Bearer {token}\n",
        "Bearer \u00e9.b.c",
        "{token}",
        "DPoP {token}",
    ],
)
def test_what_is_not_one_bearer_token_is_malformed(known: Clients, header: str) -> None:
    assert why(known, header.replace("{token}", token())) == "malformed"


def test_the_scheme_is_written_in_any_letters(known: Clients) -> None:
    for scheme in ("bearer", "BEARER"):
        assert admit(known, f"{scheme}  {token()} ").name == NAME


def test_a_long_token_is_not_looked_into(known: Clients) -> None:
    assert why(known, bearer(more="x" * 10_000)) == "too-long"
    assert admit(known, bearer(more="x" * 5_000)).name == NAME


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"not json",
        b"\xff",
        b'{"alg":"ES384","alg":"none","kid":"k1"}',
        b"[" * 5000,
        {"alg": "ES384", "kid": "k1", "crit": ["exp"], "exp": 1},
        {"alg": "ES384", "kid": "k1", "crit": ["b64"], "b64": False},
        {"alg": "ES384", "kid": "k1", "b64": False},
        {"alg": "ES384", "kid": "k1", "typ": "at+jwt"},
        {"alg": "ES384", "kid": "k1", "typ": None},
        {"alg": "ES384", "kid": 7},
        {"alg": "ES384", "kid": None},
        {"alg": "ES384", "kid": "k1", "jku": ["https://ehr.example.org"]},
        {"alg": "ES384", "kid": "k1\r\nSet-Cookie: a"},
        {"alg": ["ES384"], "kid": "k1"},
        {"kid": "k1"},
    ],
)
def test_a_header_that_could_be_read_in_another_way_is_refused(known: Clients, header: Any) -> None:
    assert why(known, f"Bearer {by_hand(header, claims())}") == "malformed"


@pytest.mark.parametrize(
    "more",
    [
        {"typ": "jwt"},
        {"typ": ""},  # PyJWT leaves it out
        {"cty": "json"},
        {"x5t": "abc"},
    ],
)
def test_a_header_with_more_or_less_than_usual_is_fine(
    known: Clients, more: dict[str, Any]
) -> None:
    assert admit(known, bearer(header=more)).name == NAME


@pytest.mark.parametrize("name", ["iss", "aud", "exp", "iat", "jti"])
def test_each_claim_that_is_required_is(known: Clients, name: str) -> None:
    assert why(known, bearer(**{name: None})) == "missing-claim"


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value", ["1700000000", True, [], {}, 10**30, -(10**30), 10**400, 1e300, ""]
)
def test_a_time_that_is_none_is_refused_without_failing(
    known: Clients, name: str, value: Any
) -> None:
    assert why(known, bearer(**{name: value})) == "malformed"


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"1" * 4400])
def test_a_number_that_json_does_not_know_is_refused(known: Clients, text: bytes) -> None:
    body = json.dumps(claims(exp=0)).encode().replace(b'"exp": 0', b'"exp": ' + text)
    assert text in body
    assert why(known, f"Bearer {by_hand({'alg': 'ES384', 'kid': 'k1'}, body)}") == "malformed"


@pytest.mark.parametrize(
    "more",
    [
        {"iss": 7},
        {"iss": ["https://ehr.example.org/fhir"]},
        {"aud": 7},
        {"aud": [SERVICE, 7]},
        {"aud": {"a": "b"}},
        {"aud": [SERVICE] * 101},
        {"jti": 7},
        {"jti": ""},
        {"jti": "a\x00b"},
        {"jti": "\ud800"},
        {"jti": "j" * 1001},
        {"tenant": 7},
        {"tenant": ["main"]},
        {"tenant": "a\nb"},
    ],
)
def test_a_claim_of_another_kind_is_malformed(known: Clients, more: dict[str, Any]) -> None:
    body = claims(**more)
    assert why(known, f"Bearer {by_hand({'alg': 'ES384', 'kid': 'k1'}, body)}") == "malformed"


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"iss":"a","iss":"b"}', b"[" * 7000, b"\xff"])
def test_claims_that_are_no_object_or_stand_twice_are_refused(known: Clients, body: bytes) -> None:
    assert why(known, f"Bearer {by_hand({'alg': 'ES384', 'kid': 'k1'}, body)}") == "malformed"


def test_an_issuer_that_is_not_listed_is_refused(known: Clients) -> None:
    for issuer in ("https://evil.example.org", f"{ISSUER}/", ISSUER.upper(), f"{ISSUER} "):
        assert why(known, bearer(iss=issuer)) == "unknown-issuer"


def test_none_is_no_algorithm(known: Clients) -> None:
    for name in ("none", "None", "NONE", ""):
        shown = by_hand({"alg": name, "kid": "k1", "typ": "JWT"}, claims(), b"")
        assert why(known, f"Bearer {shown}") == ("algorithm" if name else "malformed")


def hmac_token(secret: bytes, name: str = "HS256") -> str:
    unsigned = by_hand({"alg": name, "kid": "k2", "typ": "JWT"}, claims()).rpartition(".")[0]
    digest = hmac.new(secret, unsigned.encode(), hashlib.sha256).digest()
    return f"{unsigned}.{urlsafe_b64encode(digest).decode().rstrip('=')}"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_public_key_is_no_secret_to_sign_with(tmp_path: Path, algorithm: str) -> None:
    key = jwk("k2", algorithm)
    known = clients(tmp_path, client(algorithms=[algorithm], jwks={"keys": [key]}))
    public = private("k2", algorithm).public_key()
    ways = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(key).encode(),
    ]
    for secret in ways:
        assert why(known, f"Bearer {hmac_token(secret)}") == "algorithm"
        assert why(known, f"Bearer {hmac_token(secret, algorithm)}") == "signature"


def test_an_algorithm_that_is_not_listed_for_the_client_is_refused(tmp_path: Path) -> None:
    keys = {"keys": [jwk("r", "RS256"), jwk("e", "ES384")]}
    known = clients(tmp_path, client(algorithms=["ES384", "RS384"], jwks=keys))
    assert admit(known, bearer(key_id="r", algorithm="RS384", key=private("r", "RS256"))).name
    for algorithm in ("RS256", "PS384"):
        shown = bearer(key_id="r", algorithm=algorithm, key=private("r", "RS256"))
        assert why(known, shown) == "algorithm"


def test_a_key_is_used_with_its_own_algorithm_only(tmp_path: Path) -> None:
    keys = {"keys": [jwk("r", "RS256", alg="RS512"), jwk("e", "ES384")]}
    listed = ["RS256", "RS512", "ES256", "ES384"]
    known = clients(tmp_path, client(algorithms=listed, jwks=keys))
    for algorithm in ("RS256", "ES384"):
        shown = bearer(key_id="r", algorithm=algorithm, key=private("r", algorithm))
        assert why(known, shown) == "algorithm"
    unsigned = {"alg": "ES256", "kid": "e"}
    assert why(known, f"Bearer {by_hand(unsigned, claims(), bytes(64))}") == "algorithm"


def test_a_key_that_comes_with_the_token_is_never_used(known: Clients) -> None:
    own = {"jwk": jwk("evil"), "x5u": "https://evil.example.org/c", "x5c": ["MIIB"]}
    assert why(known, bearer(key_id="evil", header=own)) == "unknown-key"
    assert why(known, bearer(key=private("evil"), header=own)) == "signature"


def test_a_key_set_that_the_token_names_is_never_looked_up(known: Clients) -> None:
    elsewhere = {"jku": "https://evil.example.org/keys"}
    assert why(known, bearer(key=private("evil"), header=elsewhere)) == "signature"
    assert admit(known, bearer(header=elsewhere)).name == NAME, "its keys are written down"


def test_another_key_or_another_content_does_not_pass(known: Clients) -> None:
    assert why(known, bearer(key=private("evil"))) == "signature"
    head, _, signature = token().split(".")
    other = token(tenant="other").split(".")[1]
    assert why(known, f"Bearer {head}.{other}.{signature}") == "signature"
    assert why(known, f"Bearer {head}.{other}.") == "signature"
    assert why(known, f"Bearer {head}.{other}.{'A' * 128}") == "signature"


def test_a_name_of_a_key_is_needed_unless_there_is_one_key(tmp_path: Path) -> None:
    known = clients(tmp_path)
    assert admit(known, bearer(key_id=None, key=private("k1"))).name == NAME
    two = clients(tmp_path, client(jwks={"keys": [jwk("k1"), jwk("k2")]}))
    assert why(two, bearer(key_id=None, key=private("k1"))) == "no-key-id"


def test_a_name_that_no_key_has_is_unknown(known: Clients) -> None:
    assert why(known, bearer(key_id="k9", key=private("k1"))) == "unknown-key"


def test_a_key_without_a_name_is_tried(tmp_path: Path) -> None:
    known = clients(tmp_path, client(jwks={"keys": [jwk(None), jwk("k2")]}))
    assert admit(known, bearer(key_id="any", key=private(""))).name == NAME
    assert why(known, bearer(key_id="any", key=private("evil"))) == "signature"


def test_of_keys_with_one_name_each_is_tried(tmp_path: Path) -> None:
    keys = {"keys": [jwk("k1"), jwk("k2", kid="k1"), jwk("k3", "RS384", kid="k1")]}
    known = clients(tmp_path, client(jwks=keys))
    assert admit(known, bearer(key=private("k2"))).name == NAME
    assert admit(known, bearer(algorithm="RS384", key=private("k3", "RS384"))).name == NAME


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"exp": -10}, "expired"),
        ({"exp": -3000, "iat": -3300}, "expired"),
        ({"iat": 11, "exp": 300}, "not-yet-valid"),
        ({"iat": 1_700_000_000_000, "exp": 1_700_000_000_300}, "not-yet-valid"),
        ({"nbf": 11}, "not-yet-valid"),
        ({"iat": 0, "exp": 3601}, "lifetime"),
        ({"iat": -5, "exp": -5}, "lifetime"),
        ({"iat": 5, "exp": 1}, "lifetime"),
        ({"iat": -(10**20), "exp": 10}, "lifetime"),
    ],
)
def test_a_token_out_of_its_time_is_refused(
    known: Clients, more: dict[str, int], reason: str
) -> None:
    now = 1_800_000_000
    times = {name: now + seconds for name, seconds in more.items()}
    assert why(known, bearer(now=now, **times), clock=lambda: now) == reason


@pytest.mark.parametrize(
    "more",
    [
        {"exp": -9},
        {"iat": 10, "exp": 300},
        {"iat": 0.5, "exp": 300.5},
        {"nbf": 10},
        {"nbf": -300},
        {"iat": 0, "exp": 3600},
        {"iat": -3000, "exp": 600},
    ],
)
def test_clocks_may_differ_by_ten_seconds_and_a_token_live_an_hour(
    known: Clients, more: dict[str, float]
) -> None:
    now = 1_800_000_000
    base: dict[str, float] = {"iat": -300} if "exp" in more and "iat" not in more else {}
    times = {name: now + seconds for name, seconds in (base | more).items()}
    assert admit(known, bearer(now=now, **times), clock=lambda: now).name == NAME


@pytest.mark.parametrize(
    ("aud", "called"),
    [
        (SERVICE, (SERVICE,)),
        ([SERVICE], (SERVICE,)),
        (["https://elsewhere.example.org", SERVICE], (SERVICE,)),
        (f"{BASE}/cds-services", (SERVICE,)),
        (SERVICE, (EXPLAIN, SERVICE)),
        (EXPLAIN, (EXPLAIN, SERVICE)),
        (FEEDBACK, (FEEDBACK,)),
    ],
)
def test_a_token_for_what_was_called_passes(
    known: Clients, aud: Any, called: tuple[str, ...]
) -> None:
    assert admit(known, bearer(aud=aud), called=called).name == NAME


@pytest.mark.parametrize("aud", [OTHER, [OTHER, FEEDBACK], [], "https://evil.example.org", BASE])
def test_a_token_for_something_else_does_not(known: Clients, aud: Any) -> None:
    assert why(known, bearer(aud=aud)) == "audience"


def test_only_the_tenants_that_are_listed_come_in(tmp_path: Path) -> None:
    known = clients(tmp_path, client(tenants=["main", "east"]))
    assert admit(known, bearer(tenant="east")).tenant == "east"
    for tenant in ("west", "MAIN", None):
        assert why(known, bearer(tenant=tenant)) == "tenant"


def test_a_token_works_once(known: Clients) -> None:
    once = bearer(jti="once")
    with pytest.raises(Refused, match="replayed"):
        admit(known, once, once)
    with pytest.raises(Refused, match="replayed"):
        admit(known, once, bearer(jti="once"))
    assert admit(known, once, bearer(jti="twice")).name == NAME


def test_a_token_is_remembered_for_longer_than_it_is_good(known: Clients) -> None:
    nonces = Forgetful()
    now = time.time()
    admit(known, bearer(jti="a", now=now, exp=now + 60), nonces=nonces)
    ((issuer, token_id, until),) = nonces.asked
    assert (issuer, token_id) == (ISSUER, "a")
    assert until >= now + 60 + 10


def test_calls_at_the_same_moment_use_a_token_once(known: Clients) -> None:
    async def work() -> list[Any]:
        async with httpx.AsyncClient() as http:
            gate = Gate(known, RememberedNonces(), http)
            once = bearer()
            calls = [gate.admit(once, (SERVICE,)) for _ in range(20)]
            return await asyncio.gather(*calls, return_exceptions=True)

    found = asyncio.run(work())
    assert sum(isinstance(one, Caller) for one in found) == 1
    assert sum(isinstance(one, Refused) for one in found) == 19


def test_a_token_as_epic_makes_it(tmp_path: Path) -> None:
    key_id = "q+7Nv/3kR1a4kTj9b0c2dA=="
    issuer = "https://hospital.example.org/interconnect/api/FHIR/R4"
    epic = {
        "name": "Epic",
        "iss": issuer,
        "jwks": {"keys": [jwk("e", "RS384", kid=key_id)]},
        "audience": ["https://proxy.example.org/hooks"],
    }
    now = int(time.time())
    shown = bearer(
        key_id=key_id,
        algorithm="RS384",
        key=private("e", "RS384"),
        iss=issuer,
        sub=issuer,
        aud="https://proxy.example.org/hooks",
        nbf=now - 300,
        iat=now,
        exp=now + 900,
    )
    assert admit(clients(tmp_path, epic), shown).name == "Epic"


def test_a_token_as_the_sandbox_makes_it(tmp_path: Path) -> None:
    sandbox = "https://sandbox.cds-hooks.org"
    known = clients(tmp_path, client(iss=sandbox, algorithms=["ES384"]))
    now = 1_800_000_000.5
    ahead = round(now + 0.01)
    shown = bearer(
        iss=sandbox,
        header={"jku": f"{sandbox}/.well-known/jwks.json"},
        iat=ahead,
        exp=ahead + 300,
    )
    assert ahead > now
    assert admit(known, shown, clock=lambda: now).name == NAME


def test_a_refusal_holds_nothing_but_its_reason(known: Clients) -> None:
    marked: dict[str, Any] = {"jti": "MARKER-jti", "sub": "MARKER-sub", "tenant": "MARKER"}
    good = token(key_id="MARKER-kid", **marked)
    broken = by_hand({"alg": "ES384", "kid": "MARKER"}, b'{"jti": "MARKER-jti", ')
    for shown in (good, broken, f"{good}A", by_hand(b"MARKER", b"MARKER")):
        with pytest.raises(Refused) as caught:
            admit(known, f"Bearer {shown}")
        told = "".join(traceback.format_exception(caught.value))
        assert "MARKER" not in told
        assert good not in told
        assert caught.value.__context__ is None


def test_a_refusal_names_the_client_that_the_token_claims(known: Clients) -> None:
    for shown, name in (
        (bearer(key=private("evil")), NAME),
        (bearer(exp=1), NAME),
        (bearer(iss="https://evil.example.org"), None),
        (None, None),
    ):
        with pytest.raises(Refused) as caught:
            admit(known, shown)
        assert caught.value.claimed == name


def test_every_reason_is_explained() -> None:
    assert set(REASONS) == set(get_args(Why))
    assert all(text.endswith(".") for text in REASONS.values())


def test_a_token_of_pyjwt_itself_is_what_these_tests_believe(known: Clients) -> None:
    assert jwt.get_unverified_header(token()) == {"alg": "ES384", "typ": "JWT", "kid": "k1"}
