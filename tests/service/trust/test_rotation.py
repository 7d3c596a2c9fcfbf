"""The gate with clients whose keys are at an address of theirs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import httpx
import pytest
import respx

from service.trust.clients import Clients
from service.trust.gate import Gate
from service.trust.key_sets import KeySets
from service.trust.nonces import RememberedNonces
from service.trust.refusals import Refused
from tests.service.trust.making import (
    JKU,
    NAME,
    OTHER,
    SERVICE,
    client,
    clients,
    jwk,
    key_set,
    private,
    token,
)

SECOND = "https://ehr.example.org/second"
Work = Callable[[Gate], Awaitable[None]]


@pytest.fixture
def known(tmp_path: Path) -> Clients:
    return clients(tmp_path, client(jku=JKU), client(name="second", jku=SECOND))


@pytest.fixture
def answers() -> Iterator[respx.Route]:
    with respx.mock(assert_all_called=False) as router:
        router.get(SECOND).respond(content=key_set(jwk("s1")))
        yield router.get(JKU).respond(content=key_set())


def run(known: Clients, work: Work) -> None:
    async def all_of_it() -> None:
        async with httpx.AsyncClient() as http:
            gate = Gate(known, RememberedNonces(), http, key_sets=KeySets(http))
            await work(gate)
            await gate.close()

    asyncio.run(all_of_it())


async def name(gate: Gate, shown: str) -> str:
    return (await gate.admit(f"Bearer {shown}", (SERVICE,))).name


async def why(gate: Gate, shown: str) -> str:
    with pytest.raises(Refused) as caught:
        await name(gate, shown)
    return caught.value.why


def at(url: str = JKU) -> dict[str, str]:
    return {"jku": url}


def test_each_key_set_vouches_for_its_own_client(known: Clients, answers: respx.Route) -> None:
    async def work(gate: Gate) -> None:
        assert await name(gate, token(header=at())) == NAME
        assert await name(gate, token("s1", header=at(SECOND))) == "second"
        assert await why(gate, token("s1", header=at())) == "unknown-key"
        assert await why(gate, token("k1", key=private("s1"), header=at())) == "signature"

    run(known, work)


def test_a_key_set_elsewhere_is_not_asked(known: Clients, answers: respx.Route) -> None:
    elsewhere = "https://evil.example.org/keys"
    evil = respx.get(elsewhere).respond(content=key_set(jwk("evil")))

    async def work(gate: Gate) -> None:
        assert await why(gate, token("evil", header=at(elsewhere))) == "unknown-jku"
        assert await why(gate, token("k1", header=at(f"{JKU}/../evil"))) == "unknown-jku"
        assert await why(gate, token("k1")) == "unknown-jku", "two clients share this issuer"

    run(known, work)
    assert not evil.called
    assert not answers.called


def test_one_client_of_an_issuer_need_not_name_its_key_set(
    tmp_path: Path, answers: respx.Route
) -> None:
    async def work(gate: Gate) -> None:
        assert await name(gate, token()) == NAME
        assert await why(gate, token(header=at(SECOND))) == "unknown-jku"

    run(clients(tmp_path, client(jku=JKU)), work)


def test_nothing_is_looked_up_for_a_token_that_no_key_could_save(
    known: Clients, answers: respx.Route
) -> None:
    async def work(gate: Gate) -> None:
        shown = {
            "expired": token(header=at(), exp=1),
            "audience": token(header=at(), aud=OTHER),
            "algorithm": token(header=at(), algorithm="ES256", key_id="x"),
            "unknown-issuer": token(header=at(), iss="https://evil.example.org"),
        }
        for reason, one in shown.items():
            assert await why(gate, one) == reason

    run(known, work)
    assert not answers.called


def test_after_a_change_of_keys_the_new_one_counts_at_once(
    known: Clients, answers: respx.Route
) -> None:
    async def work(gate: Gate) -> None:
        assert await name(gate, token(header=at())) == NAME
        answers.respond(content=key_set(jwk("k2")))
        assert await name(gate, token("k2", header=at())) == NAME
        assert await why(gate, token("k1", header=at())) == "unknown-key"

    run(known, work)


def test_a_new_key_under_the_old_name_or_none_is_found(
    known: Clients, answers: respx.Route
) -> None:
    async def work(gate: Gate) -> None:
        assert await name(gate, token(header=at())) == NAME
        answers.respond(content=key_set(jwk("k2", kid="k1")))
        assert await name(gate, token("k1", key=private("k2"), header=at())) == NAME
        answers.respond(content=key_set(jwk("k3", kid="k1")))
        assert await name(gate, token(None, key=private("k3"), header=at())) == NAME

    run(known, work)


def test_a_hundred_unknown_keys_cause_few_look_ups_and_keep_nobody_out(
    known: Clients, answers: respx.Route
) -> None:
    async def work(gate: Gate) -> None:
        for number in range(100):
            shown = token(f"invented-{number}", key=private("evil"), header=at())
            assert await why(gate, shown) == "unknown-key"
        assert await name(gate, token(header=at())) == NAME

    run(known, work)
    assert answers.call_count <= 10


def test_a_failed_token_does_not_use_up_its_jti(known: Clients, answers: respx.Route) -> None:
    async def work(gate: Gate) -> None:
        assert await why(gate, token(key=private("evil"), header=at(), jti="once")) == "signature"
        assert await why(gate, token(header=at(), jti="once", aud=OTHER)) == "audience"
        assert await name(gate, token(header=at(), jti="once")) == NAME
        assert await why(gate, token(header=at(), jti="once")) == "replayed"

    run(known, work)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(302, headers={"Location": "https://evil.example.org/keys"}),
        httpx.Response(500),
        httpx.ConnectTimeout("late"),
    ],
)
def test_without_keys_nobody_comes_in(
    known: Clients, answers: respx.Route, answer: httpx.Response | Exception
) -> None:
    evil = respx.get("https://evil.example.org/keys").respond(content=key_set())

    async def work(gate: Gate) -> None:
        answers.mock(side_effect=[answer])
        assert await why(gate, token(header=at())) == "keys-unavailable"
        assert await why(gate, token(header=at())) == "keys-unavailable"

    run(known, work)
    assert not evil.called
