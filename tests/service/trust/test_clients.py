from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.trust.clients import BadClients, load_clients
from service.trust.refusals import Refused
from tests.service.trust.making import (
    BASE,
    FHIR,
    ISSUER,
    JKU,
    NAME,
    client,
    clients,
    jwk,
    private_jwk,
    write,
)

SECOND = "https://other.example.org/fhir"


def faults(folder: Path, *listed: Any) -> list[str]:
    with pytest.raises(BadClients) as caught:
        load_clients(write(folder, *listed), BASE)
    return str(caught.value).splitlines()


def fault(folder: Path, *listed: Any) -> str:
    (found,) = faults(folder, *listed)
    return found


def test_the_example_of_the_interface_is_read(tmp_path: Path) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text(
        """
clients:
  - name: main-campus
    iss: https://ehr.example.org/fhir
    jku: https://ehr.example.org/keys                 # or jwks: {keys: [...]}
    audience: [https://cds.example.org/cds-services]
    algorithms: [RS384, ES384]
    tenants: [main]
    fhir_servers: [https://ehr.example.org/fhir]
"""
    )
    (found,) = load_clients(path, BASE).all
    assert found.client.name == NAME
    assert found.client.jku == JKU
    assert found.client.tenants == ("main",)
    assert found.client.fhir_servers == (FHIR,)


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    (found,) = clients(tmp_path).all
    assert found.client.algorithms == ("RS384", "ES384")
    assert found.client.tenants == ()
    assert found.client.fhir_servers == ()
    assert found.audience.accepts([f"{BASE}/cds-services"], [f"{BASE}/cds-services"])


def test_keys_may_stand_in_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [jwk()]}))
    (found,) = clients(tmp_path, client(jwks_file="keys.json")).all
    assert [key.key_id for key in found.client.pinned] == ["k1"]


def test_a_key_for_other_uses_may_stand_beside_one_for_signatures(tmp_path: Path) -> None:
    others = [jwk("e1", use="enc"), {"kty": "OKP", "crv": "Ed25519", "x": "AA"}]
    (found,) = clients(tmp_path, client(jwks={"keys": [*others, jwk()]})).all
    assert [key.key_id for key in found.client.pinned] == ["k1"]


@pytest.mark.parametrize(
    ("more", "where", "says"),
    [
        ({"name": None}, "client 1: name", "is missing"),
        ({"name": ""}, "client 1: name", "is empty"),
        ({"name": "a\nb"}, "client 1: name", "line breaks"),
        ({"name": "n" * 101}, "client 1: name", "longer than 100"),
        ({"iss": None}, f"{NAME}: iss", "is missing"),
        ({"iss": 7}, f"{NAME}: iss", "is not text"),
        ({"tenant": ["main"]}, f"{NAME}: tenant", "is not known here: name, iss"),
        ({"tenants": "main"}, f"{NAME}: tenants", "is not a list"),
        ({"tenants": []}, f"{NAME}: tenants", "is empty"),
        ({"tenants": [1]}, f"{NAME}: tenants.0", "has to be quoted"),
        ({"audience": []}, f"{NAME}: audience", "is empty"),
        ({"algorithms": []}, f"{NAME}: algorithms", "is empty"),
        *(
            ({"algorithms": ["ES384", wrong]}, f"{NAME}: algorithms.1", "is not trusted here")
            for wrong in ("none", "HS256", "HS384", "HS512", "PS256", "EdDSA", "ES256K", "es384")
        ),
        ({"jku": "http://ehr.example.org/keys"}, f"{NAME}: jku", "is not https"),
        ({"jku": "ftp://ehr.example.org/keys"}, f"{NAME}: jku", "is not a URL"),
        ({"jku": "https://u:p@ehr.example.org/keys"}, f"{NAME}: jku", "has a user"),
        ({"jku": "https://ehr.example.org/keys#x"}, f"{NAME}: jku", "fragment"),
        ({"jku": "/keys"}, f"{NAME}: jku", "is not a URL"),
        ({"fhir_servers": ["http://ehr.example.org"]}, f"{NAME}: fhir_servers.0", "base URL"),
        ({"fhir_servers": [f"{FHIR}?a=b"]}, f"{NAME}: fhir_servers.0", "base URL"),
        ({"fhir_servers": ["https://u@ehr.example.org"]}, f"{NAME}: fhir_servers.0", "base URL"),
        ({"jwks": {}}, f"{NAME}: jwks.keys", "is missing"),
        ({"jwks": {"keys": []}}, f"{NAME}: jwks.keys", "is empty"),
        ({"jwks": {"keys": ["x"]}}, f"{NAME}: jwks.keys.0", "is not a JWK"),
        ({"jwks": {"keys": [jwk(kid=7)]}}, f"{NAME}: jwks.keys.0", "not text"),
        ({"jwks": {"keys": [jwk(x="AAAA")]}}, f"{NAME}: jwks.keys.0", "is damaged"),
        ({"jwks": {"keys": [jwk("s", "RS384", 1024)]}}, f"{NAME}: jwks.keys.0", "too short: 1024"),
        (
            {"jwks": {"keys": [jwk(), {"kty": "oct", "k": "c2VjcmV0"}]}},
            f"{NAME}: jwks.keys.1",
            "is a symmetric key",
        ),
        ({"jwks": {"keys": [private_jwk()]}}, f"{NAME}: jwks.keys.0", "private half"),
        ({"jwks": {"keys": [private_jwk("RS384")]}}, f"{NAME}: jwks.keys.0", "private half"),
        ({"jwks": {"keys": [jwk(alg="ES256")]}}, NAME, "none of its keys can sign with RS384"),
        ({"jwks": {"keys": [jwk(use="enc")]}}, NAME, "none of its keys can sign"),
        ({"jwks": {"keys": [jwk(key_ops=["encrypt"])]}}, NAME, "none of its keys can sign"),
        ({"algorithms": ["RS384"]}, NAME, "none of its keys can sign with RS384"),
        ({"jwks": None}, NAME, "exactly one of jku, jwks, jwks_file"),
        ({"jku": JKU, "jwks": {"keys": [jwk()]}}, NAME, "exactly one of jku, jwks, jwks_file"),
        ({"jwks_file": "none.json"}, f"{NAME}: jwks_file", "No such file"),
        ({"jwks_file": "."}, f"{NAME}: jwks_file", "cannot be read"),
        ({"jwks_file": ""}, f"{NAME}: jwks_file", "not the name of a file"),
        ({"jwks_file": "clients.yaml"}, f"{NAME}: jwks_file", "is not JSON"),
    ],
)
def test_a_fault_names_the_client_and_the_field(
    tmp_path: Path, more: dict[str, Any], where: str, says: str
) -> None:
    found = fault(tmp_path, client(**more))
    assert found.startswith("clients.yaml:")
    assert f" {where}: " in found
    assert says in found


@pytest.mark.parametrize(
    "jku", ["http://127.0.0.1:9/keys", "http://localhost/k", "http://[::1]/k", f"{JKU}?p=b2c"]
)
def test_a_key_set_may_be_on_this_machine_or_have_a_query(tmp_path: Path, jku: str) -> None:
    (found,) = clients(tmp_path, client(jku=jku)).all
    assert found.client.jku == jku


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"])
def test_six_algorithms_may_be_listed(tmp_path: Path, algorithm: str) -> None:
    keys = {"keys": [jwk("k2", algorithm)]}
    (found,) = clients(tmp_path, client(algorithms=[algorithm], jwks=keys)).all
    assert found.client.algorithms == (algorithm,)


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    first = client(iss=None, algorithms=["none"])
    second = client(name="two", iss=SECOND, jwks=None)
    found = faults(tmp_path, first, second)
    assert len(found) == 3
    assert [int(line.split(":")[1]) for line in found] == sorted(
        int(line.split(":")[1]) for line in found
    )
    assert any(" two: needs exactly one" in line for line in found)


def test_two_clients_need_names_and_issuers_of_their_own(tmp_path: Path) -> None:
    found = faults(tmp_path, client(), client())
    assert any(f"{NAME}: name: is the name of another client" in line for line in found)
    assert any(f"{NAME}: iss: is that of another client" in line for line in found)


@pytest.mark.parametrize("second", [{"jku": JKU}, {}])
def test_one_issuer_twice_needs_two_key_sets(tmp_path: Path, second: dict[str, str]) -> None:
    found = fault(tmp_path, client(jku=JKU), client(name="two", **second))
    assert " two: iss: is that of another client" in found


def test_of_one_issuer_the_key_set_tells_the_client(tmp_path: Path) -> None:
    found = clients(tmp_path, client(jku=JKU), client(name="two", jku=f"{JKU}/2"))
    assert found.find(ISSUER, f"{JKU}/2").client.name == "two"
    for unknown in (None, f"{JKU}/3"):
        with pytest.raises(Refused, match="unknown-jku"):
            found.find(ISSUER, unknown)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a mapping"),
        ("clients:", "clients: is not a list"),
        ("clients: []", "clients: is empty"),
        ("clients: [x]", "client 1: is not a mapping"),
        ("client: []", "clients: is missing"),
        ("clients: []\nclients: []", "clients: stands twice"),
        ("clients: [{name: a, name: b}]", "name: stands twice"),
        ("clients: [", "did not find expected"),
        ("clients: 2026-13-45", "date or number"),
        ("clients: !!python/object/apply:os.system [x]", "could not determine a constructor"),
    ],
)
def test_a_file_that_is_no_list_of_clients_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text(text)
    with pytest.raises(BadClients) as caught:
        load_clients(path, BASE)
    assert says in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadClients, match="No such file"):
        load_clients(tmp_path / "clients.yaml", BASE)


def test_no_fault_quotes_a_key(tmp_path: Path) -> None:
    secret = private_jwk("RS384") | {"kid": "MARKER-kid"}
    keys = [secret, jwk(x="MARKERMARKER"), {"kty": "oct", "k": "MARKER"}, "MARKER"]
    (tmp_path / "keys.json").write_text(json.dumps({"keys": keys}))
    for more in ({"jwks": {"keys": keys}}, {"jwks_file": "keys.json"}):
        found = "\n".join(faults(tmp_path, client(**more)))
        assert found.count("\n") == 3
        assert "MARKER" not in found
        assert secret["d"] not in found
        assert secret["n"] not in found


def test_a_key_file_of_any_size_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [jwk()], "more": "x" * 100_000}))
    assert "is larger than" in fault(tmp_path, client(jwks_file="keys.json"))


def test_a_key_shows_nothing_of_itself(tmp_path: Path) -> None:
    (found,) = clients(tmp_path).all
    assert "public" not in repr(found.client.pinned)
