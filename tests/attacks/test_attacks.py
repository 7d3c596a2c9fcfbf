"""Attacks, each refused, each without work done for it, and without memory that it fills."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import jwt
import pytest

from tests.attacks.site import (
    HOOK,
    SIGN,
    Listening,
    Site,
    body,
    encoded,
    full,
    part,
    request,
)
from tests.callers.ehr import Json

NOW = time.time
MEGABYTE = 1_000_000
ROOM = 60 * MEGABYTE
"""What the process may grow by over all attacks: the largest body of 20 MB, read and parsed."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    attacker = Listening({})
    moved = {"Location": f"{attacker.url}/keys"}
    away = {"Location": f"{attacker.url}/fhir/Condition"}
    ehr = Listening(
        {
            "/moved-keys": (302, moved, b""),
            "/fhir/Condition": (302, away, b""),
            "/fhir/Observation": (302, away, b""),
        }
    )
    one = Site(tmp_path_factory.mktemp("site"), attacker, ehr)
    attacker.answers["/keys"] = (200, {}, encoded(one.foreign.public))
    one.start()
    yield one
    one.stop()
    attacker.close()
    ehr.close()


Attack = Callable[[Site], bytes]
TOKENS: dict[str, Attack] = {}
CALLS: dict[str, tuple[set[int], Attack]] = {}
UNAUTHORISED = 401


def token(name: str) -> Callable[[Callable[[Site], str]], None]:
    """An attack by the Authorization header of a call that is otherwise sound."""

    def add(make: Callable[[Site], str]) -> None:
        TOKENS[name] = lambda site: request(encoded(full()), *_lines(make(site)))

    return add


def _lines(authorization: str) -> list[str]:
    return [f"Authorization: {authorization}"] if authorization else []


def call(name: str, *expected: int) -> Callable[[Attack], None]:
    """An attack by a client whose token is sound."""

    def add(make: Attack) -> None:
        CALLS[name] = (set(expected), make)

    return add


def forged(site: Site, header: Json, sign: Callable[[bytes], bytes], **claims: object) -> str:
    """A token of which every part is made by hand."""
    now = int(NOW())
    whole = {"iat": now, "exp": now + 300, "jti": str(uuid4())} | site.claims(**claims)
    text = f"{part({'typ': 'JWT', 'kid': 'k1'} | header)}.{part(whole)}"
    return f"Bearer {text}.{part(sign(text.encode()))}"


def by_hmac(key: bytes) -> Callable[[bytes], bytes]:
    return lambda text: hmac.new(key, text, hashlib.sha256).digest()


token("no token at all")(lambda site: "")
token("an empty token")(lambda site: "Bearer ")
token("another scheme")(lambda site: "Basic dXNlcjpwYXNz")
token("no JWT")(lambda site: "Bearer x.y.z")
token("algorithm none")(lambda site: forged(site, {"alg": "none"}, lambda text: b""))
token("algorithm None")(lambda site: forged(site, {"alg": "NoNe"}, lambda text: b""))
token("HMAC with the public key as PEM")(
    lambda site: forged(site, {"alg": "HS256"}, by_hmac(site.public_pem))
)
token("HMAC with the public key as JWK")(
    lambda site: forged(site, {"alg": "HS256"}, by_hmac(encoded(site.keys.public["keys"][0])))
)
token("HMAC with an empty key")(lambda site: forged(site, {"alg": "HS256"}, by_hmac(b"")))


@token("a key in the token itself")
def _(site: Site) -> str:
    now = int(NOW())
    claims = {"iat": now, "exp": now + 300, "jti": str(uuid4())} | site.claims()
    headers = {"kid": "k1", "jwk": site.foreign.public["keys"][0]}
    return "Bearer " + jwt.encode(claims, site.foreign.private, "RS384", headers)


token("keys at the attacker's jku")(
    lambda site: site.foreign.token(site.claims(), jku=f"{site.attacker.url}/keys")
)
token("a certificate at the attacker's x5u")(
    lambda site: site.foreign.token(site.claims(), x5u=f"{site.attacker.url}/keys")
)
token("a listed jku that redirects to the attacker's")(
    lambda site: site.foreign.token(
        site.claims(iss="https://moved.example.org", tenant=None),
        jku=f"{site.ehr.url}/moved-keys",
    )
)
token("a key that is not the client's")(lambda site: site.foreign.token(site.claims()))
token("an unknown key id")(lambda site: site.keys.token(site.claims(), kid="k9"))
token("a key id that is a path")(lambda site: site.keys.token(site.claims(), kid="../../k1"))
token("the other client's issuer")(lambda site: site.foreign.token(site.claims()))
token("an unknown issuer")(lambda site: site.token(iss="https://evil.example.org"))
token("an issuer with a slash too many")(lambda site: site.token(iss="https://ehr.example.org/"))
token("an algorithm that the client does not use")(
    lambda site: site.curve.token(site.claims(iss="https://small.example.org", tenant=None))
)
token("expired")(lambda site: site.token(iat=int(NOW()) - 600, exp=int(NOW()) - 60))
token("issued in the future")(lambda site: site.token(iat=int(NOW()) + 600, exp=int(NOW()) + 900))
token("not valid yet")(lambda site: site.token(nbf=int(NOW()) + 600))
token("valid for a day")(lambda site: site.token(exp=int(NOW()) + 86400))
token("valid for ever")(lambda site: site.token(exp=1e300))
token("no expiry")(lambda site: site.token(exp="never"))
token("no jti")(lambda site: site.token(jti=""))
token("for another service")(lambda site: site.token(aud=site.base + SIGN))
token("for another host")(lambda site: site.token(aud="https://evil.example.org" + HOOK))
token("for a host that begins alike")(lambda site: site.token(aud=site.base + ".evil.org" + HOOK))
token("an unknown tenant")(lambda site: site.token(tenant="other"))
token("no tenant")(lambda site: site.token(tenant=None))
token("of 20 kB")(lambda site: site.token(x="a" * 15_000))
token("with critical extensions")(
    lambda site: forged(site, {"alg": "RS384", "crit": ["b64"], "b64": False}, lambda text: b"x")
)


@token("a signature for other claims")
def _(site: Site) -> str:
    head, _, signature = site.token(tenant="other").removeprefix("Bearer ").split(".")
    claims = site.token().split(".")[1]
    return f"Bearer {head}.{claims}.{signature}"


@token("claims that stand twice")
def _(site: Site) -> str:
    now = int(NOW())
    text = (
        f'{{"iss":"https://evil.example.org","iss":"https://ehr.example.org","tenant":"main",'
        f'"aud":"{site.base}{HOOK}","iat":{now},"exp":{now + 300},"jti":"{uuid4()}"}}'
    )
    head = part({"typ": "JWT", "alg": "RS384", "kid": "k1"})
    signing = f"{head}.{part(text.encode())}"
    signature = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA384).sign(
        signing.encode(),
        site.keys.private,
    )
    return f"Bearer {signing}.{part(signature)}"


TOKENS["two tokens, one of them sound"] = lambda site: request(
    encoded(full()), f"Authorization: {site.token()}", "Authorization: Bearer x"
)
TOKENS["a token in the address"] = lambda site: request(
    encoded(full()), path=f"{HOOK}?access_token={site.token().split()[1]}"
)
TOKENS["a header smuggled behind the token"] = lambda site: request(
    encoded(full()), "Authorization: Bearer x\r\nX-Forwarded-User: admin"
)
TOKENS["a service asked by a token for its explanation"] = lambda site: request(
    encoded(full()),
    f"Authorization: {site.token(aud=site.base + HOOK.replace('cds-services', 'explain'))}",
)


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_that_is_not_to_be_trusted_is_401_and_nothing_is_done(
    site: Site, name: str
) -> None:
    judged, asked = site.judged(), list(site.attacker.seen)
    assert site.raw(TOKENS[name](site)) == UNAUTHORISED
    assert site.judged() == judged
    assert site.attacker.seen == asked


def test_a_sound_token_is_let_in_once(site: Site) -> None:
    sound = request(encoded(full()), f"Authorization: {site.token()}")
    assert site.raw(sound) == 200
    assert site.raw(sound) == UNAUTHORISED
    assert site.raw(sound, which=1) == UNAUTHORISED  # another process


def test_a_refusal_tells_the_caller_nothing(site: Site) -> None:
    answers = set()
    for make in TOKENS.values():
        with site.connection() as connection:
            connection.sendall(make(site))
            answer = connection.makefile("rb").read()
        head, _, told = answer.partition(b"\r\n\r\n")
        answers.add((told, *sorted(one for one in head.split(b"\r\n") if b"date" not in one)))
    assert len(answers) == 1


def asking(site: Site, **more: object) -> bytes:
    return request(encoded(body(**more)), f"Authorization: {site.token()}")


DISGUISES = {
    "the attacker's own address": "http://127.0.0.1:{port}/fhir",
    "by name": "http://localhost:{port}/fhir",
    "in short": "http://127.1:{port}/fhir",
    "as a number": "http://2130706433:{port}/fhir",
    "in hexadecimal": "http://0x7f000001:{port}/fhir",
    "in octal": "http://0177.0.0.1:{port}/fhir",
    "as IPv6": "http://[::1]:{port}/fhir",
    "as IPv4 in IPv6": "http://[::ffff:127.0.0.1]:{port}/fhir",
    "any address": "http://0.0.0.0:{port}/fhir",
    "with a trusted user": "https://ehr.example.org@127.0.0.1:{port}/fhir",
    "with a trusted user and password": "https://ehr.example.org:443@127.0.0.1:{port}/fhir",
    "with a backslash": "https://127.0.0.1:{port}\\@ehr.example.org/fhir",
    "with a trusted fragment": "http://127.0.0.1:{port}/#https://ehr.example.org/fhir",
    "with a trusted query": "http://127.0.0.1:{port}/?https://ehr.example.org/fhir",
    "trusted as a subdomain": "https://ehr.example.org.evil.example/fhir",
    "climbing": "https://ehr.example.org/fhir/../admin",
    "in wide letters": "http://\uff11\uff12\uff17.0.0.1:{port}/fhir",
    "with an ideographic stop": "http://127\u30020\u30020\u30021:{port}/fhir",
    "escaped": "http://%31%32%37.0.0.1:{port}/fhir",
    "a cloud's metadata": "http://169.254.169.254/latest/meta-data",
    "a file": "file:///etc/passwd",
    "another protocol": "gopher://127.0.0.1:{port}/_x",
    "without a protocol": "//127.0.0.1:{port}/fhir",
    "with a line break": "https://ehr.example.org/fhir\r\nX: y",
    "with a blank": " http://127.0.0.1:{port}/fhir",
    "below what is trusted": "https://ehr.example.org/fhir2",
}


@pytest.mark.parametrize("name", DISGUISES)
def test_a_fhir_server_that_is_not_listed_is_never_contacted(site: Site, name: str) -> None:
    asked = len(site.attacker.seen)
    server = DISGUISES[name].format(port=site.attacker.port)
    assert site.raw(asking(site, fhirServer=server)) == 412
    assert len(site.attacker.seen) == asked


def test_a_listed_fhir_server_that_redirects_elsewhere_is_not_followed(site: Site) -> None:
    asked = len(site.attacker.seen)
    assert site.raw(asking(site, fhirServer=f"{site.ehr.url}/fhir")) == 412
    assert len(site.attacker.seen) == asked
    assert any(one.startswith("/fhir/Condition") for one in site.ehr.seen)


@pytest.mark.parametrize("where", ["{attacker}/fhir/Condition?page=2", "{ehr}/fhir2/Condition"])
def test_a_next_page_elsewhere_is_not_followed(site: Site, where: str) -> None:
    link = where.format(attacker=site.attacker.url, ehr=site.ehr.url)
    page = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": [{"relation": "next", "url": link}],
        "entry": [{"resource": {"resourceType": "Condition", "id": "c"}}],
    }
    server, seen = f"{site.ehr.url}/fhir", len(site.attacker.seen)
    assert site.raw(asking(site, fhirServer=server, prefetch={"conditions": page})) == 412
    assert len(site.attacker.seen) == seen
    assert not any(one.startswith("/fhir2") for one in site.ehr.seen)


@pytest.mark.parametrize("secret", ["a\r\nX-Evil: 1", "a b", "a\x00", "\u00e9", "a" * 100_000])
def test_an_access_token_that_would_write_headers_is_never_sent(site: Site, secret: str) -> None:
    asked = len(site.ehr.seen)
    access = {"access_token": secret, "token_type": "Bearer"}
    server = f"{site.ehr.url}/fhir"
    assert site.raw(asking(site, fhirServer=server, fhirAuthorization=access)) == 412
    assert len(site.ehr.seen) == asked or len(secret) == 100_000


def sound(site: Site, content: bytes, *headers: str) -> bytes:
    return request(content, f"Authorization: {site.token()}", *headers)


def patient_id(name: str) -> Attack:
    context = {"userId": "Practitioner/1", "patientId": name}
    return lambda site: sound(site, encoded(full() | {"context": context}))


call("a patient id that climbs", 400)(patient_id("../../admin"))
call("a patient id with a query", 400)(patient_id("p1?_count=1&x"))
call("a patient id with a line break", 400)(patient_id("p1\r\nX: y"))
call("a patient id with a NUL", 400)(patient_id("p1\x00"))
call("JSON 10,000 deep", 400)(
    lambda site: sound(site, b'{"hook":' + b"[" * 10_000 + b"]" * 10_000 + b"}")
)
call("objects 100,000 deep", 400)(lambda site: sound(site, b'{"a":' * 100_000))
call("a key that stands twice", 400)(
    lambda site: sound(site, encoded(full())[:-1] + b',"hook":"patient-view"}')
)
call("a number of a million digits", 400)(
    lambda site: sound(site, b'{"hook":' + b"9" * MEGABYTE + b"}")
)
call("no JSON", 400)(lambda site: sound(site, b"\x00" * 1000))
call("a gzip bomb", 413)(
    lambda site: sound(site, gzip.compress(b" " * (200 * MEGABYTE)), "Content-Encoding: gzip")
)
call("a gzip bomb in a gzip bomb", 400, 413)(
    lambda site: sound(
        site, gzip.compress(gzip.compress(b" " * (50 * MEGABYTE))), "Content-Encoding: gzip"
    )
)
call("two compressions", 415)(lambda site: sound(site, b"x", "Content-Encoding: gzip, gzip"))
call("100 MB", 413)(lambda site: sound(site, b" " * (100 * MEGABYTE)))
call("more resources than a chart has", 413)(
    lambda site: sound(
        site,
        encoded(
            body(
                prefetch={
                    "c": {
                        "resourceType": "Bundle",
                        "entry": [{"resource": {"resourceType": "Flag"}}] * 50_001,
                    }
                }
            )
        ),
    )
)
call("a form", 415)(
    lambda site: request(
        b"hook=patient-view", f"Authorization: {site.token()}", "content-type: text/plain"
    ).replace(b"Content-Type: application/json\r\n", b"")
)
call("a length and chunks at once", 400, 0)(
    lambda site: sound(site, b"0\r\n\r\n", "Transfer-Encoding: chunked")
)
call("a length below zero", 400, 0)(
    lambda site: sound(site, b"{}").replace(b"Content-Length: 2", b"Content-Length: -2")
)
call("two lengths", 400, 0)(lambda site: sound(site, b"{}", "Content-Length: 5"))
call("a header without end", 431, 0)(lambda site: sound(site, b"{}", "X: " + "a" * 200_000))
call("a body that does not come", 408)(
    lambda site: sound(site, b"{}").replace(b"Content-Length: 2", b"Content-Length: 20")
)
call("chunks without end", 413, 0)(
    lambda site: (
        request(b"", f"Authorization: {site.token()}", "Transfer-Encoding: chunked").replace(
            b"Content-Length: 0\r\n", b""
        )
        + (b"100000\r\n" + b" " * 0x100000 + b"\r\n") * 30
    )
)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_would_do_harm_is_refused_and_nothing_is_judged(site: Site, name: str) -> None:
    expected, make = CALLS[name]
    data = make(site)
    judged = site.judged()
    assert site.raw(data) in expected
    assert site.judged() == judged


def test_paths_lead_only_where_they_say(site: Site) -> None:
    for path in ("/cds-services/../metrics", "/cds-services/%2e%2e/x", "//cds-services", "/.env"):
        answer = site.raw(request(encoded(full()), f"Authorization: {site.token()}", path=path))
        assert answer in (400, 404, 405)


def test_memory_stays_flat_over_all_of_it(site: Site) -> None:
    before = site.resident()
    for _ in range(3):
        for name, (_, make) in CALLS.items():
            if name != "a body that does not come":
                site.raw(make(site))
        for make in TOKENS.values():
            site.raw(make(site))
    assert site.resident() - before < ROOM
    assert site.peak() - before < 3 * ROOM
    assert site.judged() >= 0


def test_the_operator_reads_why_and_never_a_secret(tmp_path: Path) -> None:
    attacker = Listening({})
    one = Site(tmp_path, attacker, Listening({}))
    one.start()
    for name in ("expired", "for another service", "an unknown issuer", "algorithm none"):
        one.raw(TOKENS[name](one))
    log = one.stop().decode()
    attacker.close()
    one.ehr.close()
    whys = [json.loads(line).get("why") for line in log.splitlines() if '"call"' in line]
    assert len(set(whys)) == 4, whys
    assert "eyJ" not in log
