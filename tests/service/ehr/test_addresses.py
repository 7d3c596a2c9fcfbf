from __future__ import annotations

import pytest
from httpcore import ConnectError

from service.ehr.addresses import Forbidden, GuardedBackend, may_connect, resolve

pytestmark = pytest.mark.anyio
NAME = "ehr.example.org"


@pytest.mark.parametrize("address", ["10.1.2.3", "192.168.7.7", "172.20.0.4", "8.8.8.8", "fd12::7"])
def test_a_listed_server_may_be_inside_the_hospital(address: str) -> None:
    assert may_connect(NAME, address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.0.9",
        "::1",
        "0.0.0.0",
        "0.1.2.3",
        "::",
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "100.100.100.200",
        "192.0.0.192",
        "224.0.0.251",
        "ff02::1",
        "255.255.255.255",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "::127.0.0.1",
        "no address",
    ],
)
@pytest.mark.parametrize("name", [NAME, "10.1.2.3"])
def test_no_name_leads_to_metadata_or_to_this_machine(name: str, address: str) -> None:
    assert not may_connect(name, address)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_loopback_leads_to_loopback_and_nowhere_else(name: str) -> None:
    assert may_connect(name, "127.0.0.1")
    assert may_connect(name, "::1")
    assert not may_connect(name, "10.1.2.3")
    assert not may_connect(name, "169.254.169.254")


class Resolver:
    """Answers otherwise each time, as a name does whose owner wants to get inside."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def __call__(self, host: str, port: int) -> list[str]:
        return self.answers.pop(0)


async def test_a_name_that_leads_inside_is_not_connected() -> None:
    backend = GuardedBackend(Resolver(["169.254.169.254", "127.0.0.1"]))
    with pytest.raises(Forbidden) as caught:
        await backend.connect_tcp(NAME, 443)
    assert NAME not in str(caught.value)


async def test_the_address_that_was_judged_is_the_one_that_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []

    async def connect(self: object, host: str, *more: object) -> None:
        called.append(host)
        raise ConnectError("refused")

    monkeypatch.setattr("service.ehr.addresses.AnyIOBackend.connect_tcp", connect)
    resolver = Resolver(["10.1.2.3", "127.0.0.1", "10.1.2.4"], ["127.0.0.1"])
    with pytest.raises(ConnectError):
        await GuardedBackend(resolver).connect_tcp(NAME, 443)
    assert called == ["10.1.2.3", "10.1.2.4"]
    assert len(resolver.answers) == 1


async def test_a_name_that_nobody_knows_is_no_connection() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("unknown")

    with pytest.raises(ConnectError) as caught:
        await GuardedBackend(unknown).connect_tcp(NAME, 443)
    assert not isinstance(caught.value, Forbidden)


async def test_addresses_are_resolved_as_the_machine_does() -> None:
    assert await resolve("127.0.0.1", 80) == ["127.0.0.1"]
    assert await resolve("localhost", 80)
