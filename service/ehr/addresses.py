"""Where a connection may lead: a server's name is resolved once, judged, and called by address.

An administrator listed the server, so its name may lead to a private address: hospitals' FHIR
servers live there. It may not lead to where no FHIR server is and secrets are: the cloud's
metadata on link-local and its other known addresses, this machine itself (unless loopback is what
was listed), multicast and the like. Whoever owns a listed name's DNS could otherwise point it
there for one moment (rebinding); hence the address that was judged is the one that is called.
The certificate is still checked against the name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import SOCK_STREAM

import anyio
from httpcore import (
    SOCKET_OPTION,
    AnyIOBackend,
    AsyncNetworkBackend,
    AsyncNetworkStream,
    ConnectError,
)

from service.ehr.servers import names_loopback

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]

_NEVER = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # this network
            "169.254.0.0/16",  # link-local, where clouds keep their metadata
            "100.100.100.200/32",  # Alibaba Cloud's metadata
            "192.0.0.0/24",  # protocol assignments, Oracle Cloud's metadata among them
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
            "::/96",  # unspecified, and IPv4 as it was once wrapped
            "fe80::/10",  # link-local
            "fec0::/10",  # link-local's predecessor
            "fd00:ec2::/32",  # Amazon's metadata
            "ff00::/8",  # multicast
        ),
    )
)
_NAT64 = ip_network("64:ff9b::/96")
_IPV4 = ip_network("0.0.0.0/0").num_addresses


class Forbidden(ConnectError):
    """A listed name leads to an address that is never called; the text names neither."""


def may_connect(host: str, address: str) -> bool:
    """Whether a host of the list may be called at an address it resolved to."""
    try:
        found = _inner(ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if names_loopback(host):
        return found.is_loopback
    return not found.is_loopback and not any(found in network for network in _NEVER)


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address wraps or is translated to."""
    if not isinstance(address, IPv6Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) % _IPV4)
    return address.ipv4_mapped or address.sixtofour or address


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, those of IPv4 first.

    They are tried one after the other, and where IPv6 leads nowhere, a try of it takes all the
    time there is; where IPv4 leads nowhere, there is no route, which is known at once.
    """
    found = await anyio.getaddrinfo(host, port, type=SOCK_STREAM)
    addresses = dict.fromkeys(str(where[0]) for *_, where in found)
    return sorted(addresses, key=lambda address: ":" in address)


class GuardedBackend(AsyncNetworkBackend):
    """Opens connections to judged addresses only."""

    def __init__(self, resolver: Resolve = resolve) -> None:
        self._resolve = resolver
        self._inner = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """A connection to the first address that takes it.

        Raises:
            Forbidden: no address may be called.
            ConnectError: there is none, or none answers.
        """
        failure = ConnectError("no address")
        for address in await self._judged(host, port):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except ConnectError as error:
                failure = error
        raise failure

    async def _judged(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError):
            addresses = []
        judged = [address for address in addresses if may_connect(host, address)]
        if addresses and not judged:
            raise Forbidden("forbidden address")
        return judged

    async def sleep(self, seconds: float) -> None:
        """Wait, as the pool wants it between attempts."""
        await anyio.sleep(seconds)
