"""Whatever is sent, the gate answers with a refusal and never fails."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.trust.audience import Audience
from service.trust.clients import Clients
from service.trust.keys import read_key_set
from service.trust.refusals import REASONS, Refused
from service.trust.tokens import Token, read_token
from tests.service.trust.making import BASE, SERVICE, claims, clients, jwk, token
from tests.service.trust.test_gate import admit, why

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
HEADERS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("alg", "kid", "typ", "jku", "crit", "b64"), VALUES)
)
CLAIMS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("iss", "aud", "exp", "iat", "nbf", "jti", "tenant"), VALUES)
)
KEYS = st.fixed_dictionaries(
    {"kty": st.sampled_from(["RSA", "EC", "oct", "OKP"]) | VALUES},
    optional=dict.fromkeys(("n", "e", "x", "y", "crv", "kid", "alg", "use", "key_ops"), VALUES),
)


def part(content: Any) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def read(authorization: str) -> Token | None:
    """The token, or None where it was refused."""
    try:
        return read_token(authorization)
    except Refused:
        return None


@given(st.text() | st.from_regex(r"\Abearer [\w.-]+\Z"))
def test_any_header_is_read_or_refused(authorization: str) -> None:
    read(authorization)


@given(HEADERS, CLAIMS)
def test_a_token_of_any_values_is_read_or_refused(
    header: dict[str, Any], body: dict[str, Any]
) -> None:
    usual = {"alg": "ES384", "kid": "k1"}
    found = read(f"Bearer {part(usual | header)}.{part(claims() | body)}.AAAA")
    if found is not None:
        for text in (found.issuer, found.token_id, found.tenant or "", *found.audience):
            text.encode()
        assert found.expires - found.issued != float("inf")


@given(st.text(min_size=1), st.text(min_size=1))
def test_an_audience_of_any_text_opens_nothing_else(said: str, entry: str) -> None:
    around = [said, said + SERVICE, SERVICE + said.strip("/")]
    claimed = [one for one in around if one != SERVICE]
    assert not Audience([f"{BASE}/cds-services"], BASE).accepts(claimed, [SERVICE])
    assert Audience([entry], BASE).accepts([entry], [SERVICE])


@given(st.lists(KEYS | VALUES, max_size=3))
def test_a_key_set_of_any_values_gives_the_keys_that_can_be_used(keys: list[Any]) -> None:
    content = json.dumps({"keys": [*keys, jwk()]}).encode()
    try:
        found = read_key_set(content)
    except ValueError:
        assert b"NaN" in content or b"Infinity" in content
    else:
        assert found.keys[-1].key_id == "k1"
        assert len(found.keys) + len(found.left_out) == len(keys) + 1


@given(st.binary())
def test_any_bytes_are_a_key_set_or_none(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"JSON|JWK Set"):
        read_key_set(content)


@given(st.data())
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_token_with_any_letter_changed_is_refused(known: Clients, data: st.DataObject) -> None:
    good = token()
    place = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_."))
    changed = good[:place] + letter + good[place + 1 :]
    if changed == good:
        assert admit(known, f"Bearer {changed}").name
    else:
        assert why(known, f"Bearer {changed}") in REASONS


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Clients:
    folder: Path = tmp_path_factory.mktemp("clients")
    return clients(folder)
