"""Which FHIR servers may be asked, and which addresses belong to one.

A caller names the server (`fhirServer`), and whoever can name an address can make this service
call it from inside the hospital. So a name is compared part by part with a list that an
administrator wrote, and whatever could be read in two ways is refused, not repaired.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from urllib.parse import unquote, urljoin

import idna

LOCAL = "localhost"

_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[[0-9a-f:.]+\]|[^\s/?#@:\\%\[\]]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/[^\s?#@\\]*)?)(?:\?(?P<query>[^\s#\\]*))?",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:-]+)*")
_PORTS = {"http": "80", "https": "443"}


def allowed(fhir_server: str, listed: Iterable[str], loopback: bool) -> str | None:
    """The base URL to ask, in its one spelling; None where this server may not be asked.

    `listed`: the base URLs that an administrator allows. A server must be one of them exactly:
    the same scheme, host, port and path, but for the case of the host, the default port and a
    slash at the end. `loopback`: any server on this very machine is allowed, too, for
    development.
    """
    base = normalised(fhir_server)
    if base is None:
        return None
    if loopback and is_loopback(base):
        return base
    return base if base in {normalised(one) for one in listed} else None


def normalised(url: str) -> str | None:
    """A base URL in its one spelling; None for what can be no FHIR server's.

    It is https, or http on loopback, and has no user, query, fragment, escapes, empty segments
    or dots as segments. A host is a name or an address in its usual spelling: numbers that some
    resolvers take for addresses (`2130706433`, `0x7f.1`, `127.1`) are neither.
    """
    found = _parts(url)
    if found is None or found["query"] is not None:
        return None
    host, path = _host(found["host"]), found["path"].removesuffix("/")
    if host is None or not _PATH.fullmatch(path) or _climbs(path):
        return None
    origin = _origin(found["scheme"].lower(), host, found["port"])
    return None if origin is None else origin + path


def is_loopback(base: str) -> bool:
    """Whether a normalised URL names this very machine: localhost, 127.0.0.0/8 or ::1."""
    found = _URL.fullmatch(base)
    return found is not None and names_loopback(found["host"])


def names_loopback(host: str) -> bool:
    """Whether a host is localhost or an address of loopback."""
    try:
        return host == LOCAL or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def below(base: str, link: str) -> str | None:
    """A `next` link as the address to ask; None where it leads away from `base`.

    `base` is normalised. A relative link is meant from the base, as FHIR's references are.
    """
    found = _parts(urljoin(base + "/", link) if _is_relative(link) else link)
    if found is None:
        return None
    host = _host(found["host"])
    origin = host and _origin(found["scheme"].lower(), host, found["port"])
    path = found["path"]
    if not origin or _climbs(path) or not f"{origin}{path}/".startswith(base + "/"):
        return None
    query = "" if found["query"] is None else "?" + found["query"]
    return origin + path + query


def _parts(url: str) -> re.Match[str] | None:
    return _URL.fullmatch(url) if url.isprintable() else None


def _is_relative(link: str) -> bool:
    return not re.match(r"[a-z][a-z0-9+.-]*:|//", link, re.IGNORECASE)


def _origin(scheme: str, host: str, port: str | None) -> str | None:
    if scheme == "http" and not names_loopback(host):
        return None
    number = (port or "").lstrip("0")
    if port is not None and not 0 < int(number or 0) < 2**16:
        return None
    return f"{scheme}://{host}" + (f":{number}" if number not in ("", _PORTS[scheme]) else "")


def _host(host: str) -> str | None:
    if host.startswith("["):
        return _ipv6(host[1:-1])
    if not host.isascii():
        return _punycode(host)
    host = host.lower()
    labels = host.split(".")
    usual = _is_name(labels[-1]) or _is_ipv4(host)
    return host if usual and all(map(_LABEL.fullmatch, labels)) else None


def _is_name(last: str) -> bool:
    """Whether the last label can be of a name: no resolver takes it for a number."""
    return not re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last)


def _is_ipv4(host: str) -> bool:
    """Four decimal numbers without leading zeros."""
    try:
        return str(ip_address(host)) == host
    except ValueError:
        return False


def _ipv6(text: str) -> str | None:
    """In its shortest spelling; one that wraps an IPv4 address is a disguise."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    wrapped = not isinstance(found, IPv6Address) or found.ipv4_mapped
    return None if wrapped else f"[{found.compressed}]"


def _punycode(host: str) -> str | None:
    """As it is resolved; what browsers would fold (wide letters, capitals, stops) is refused."""
    if any(stop in host for stop in "\u3002\uff0e\uff61"):
        return None
    try:
        return idna.encode(host).decode()
    except (idna.IDNAError, UnicodeError):
        return None


def _climbs(path: str) -> bool:
    """Whether a path has dots as a segment, or hides a slash, in plain or as escapes."""
    while "%" in path and unquote(path) != path:
        if re.search(r"%(?:2f|5c|00)", path, re.IGNORECASE):
            return True
        path = unquote(path)
    return "\\" in path or any(part in (".", "..") for part in path.split("/"))
