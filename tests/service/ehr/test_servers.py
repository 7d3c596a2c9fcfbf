from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.ehr.servers import allowed, below, is_loopback, normalised

BASE = "https://ehr.example.org/fhir/R4"
LISTED = (
    BASE,
    "https://10.20.30.40:8443/fhir",
    "https://münchen.example/fhir",
    "https://[fd12::7]",
)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        (BASE, BASE),
        (BASE + "/", BASE),
        ("HTTPS://EHR.Example.ORG/fhir/R4", BASE),
        ("https://ehr.example.org:443/fhir/R4", BASE),
        ("https://10.20.30.40:8443/fhir/", "https://10.20.30.40:8443/fhir"),
        ("https://münchen.example/fhir", "https://xn--mnchen-3ya.example/fhir"),
        ("https://xn--mnchen-3ya.example/fhir", "https://xn--mnchen-3ya.example/fhir"),
        ("https://[FD12:0::0:7]", "https://[fd12::7]"),
    ],
)
def test_a_listed_server_is_allowed_however_it_is_written(url: str, base: str) -> None:
    assert allowed(url, LISTED, loopback=False) == base


def test_a_list_may_be_written_with_a_slash_at_the_end() -> None:
    assert allowed(BASE, [BASE.upper().replace("/FHIR/R4", "/fhir/R4/")], loopback=False) == BASE


ELSEWHERE = [
    "https://ehr.example.org/fhir",
    "https://ehr.example.org/fhir/R4/tenant",
    "https://ehr.example.org/fhir/r4",
    "https://ehr.example.org/fhir/R44",
    "https://ehr.example.org:8443/fhir/R4",
    "http://ehr.example.org/fhir/R4",
    "https://ehr.example.org.evil.example/fhir/R4",
    "https://evil.example/ehr.example.org/fhir/R4",
    "https://10.20.30.40/fhir",
]

DISGUISES = [
    "https://ehr.example.org@evil.example/fhir/R4",
    "https://evil.example@ehr.example.org/fhir/R4",
    "https://user:secret@ehr.example.org/fhir/R4",
    "https://@ehr.example.org/fhir/R4",
    "https://ehr.example.org/fhir/R4?x=1",
    "https://ehr.example.org/fhir/R4?",
    "https://ehr.example.org/fhir/R4#fragment",
    "https://evil.example#ehr.example.org/fhir/R4",
    "https://evil.example\\@ehr.example.org/fhir/R4",
    "https:\\\\ehr.example.org\\fhir\\R4",
    "https:/ehr.example.org/fhir/R4",
    "https:ehr.example.org/fhir/R4",
    "https:///ehr.example.org/fhir/R4",
    "//ehr.example.org/fhir/R4",
    "ehr.example.org/fhir/R4",
    "ftp://ehr.example.org/fhir/R4",
    "file:///etc/passwd",
    "gopher://ehr.example.org/fhir/R4",
    "https://ehr.example.org/fhir/../fhir/R4",
    "https://ehr.example.org/fhir/./R4",
    "https://ehr.example.org/fhir/%2e%2e/fhir/R4",
    "https://ehr.example.org/fhir%2fR4",
    "https://ehr.example.org//fhir/R4",
    "https://ehr.example.org/fhir/R4//",
    "https://ehr%2eexample.org/fhir/R4",
    "https://%65hr.example.org/fhir/R4",
    "https://ehr.example.org./fhir/R4",
    "https://ehr\u3002example.org/fhir/R4",
    "https://ehr\uff0eexample.org/fhir/R4",
    "https://ehr\uff61example.org/fhir/R4",
    "https://\uff45hr.example.org/fhir/R4",
    "https://ehr.example.org/fhir/R4".replace("r", "\u24e1", 1),
    "https://ehr.example.org/fhir/R4 ",
    " https://ehr.example.org/fhir/R4",
    "https://ehr.example.org/fhir/R4\n",
    "https://ehr.example.org\r\nHost: evil.example/fhir/R4",
    "https://ehr.example.org\t/fhir/R4",
    "https://ehr.example.org\x00.evil.example/fhir/R4",
    "https://ehr.example.org:443:80/fhir/R4",
    "https://ehr.example.org:/fhir/R4",
    "https://ehr.example.org:99999/fhir/R4",
    "https://ehr.example.org:-1/fhir/R4",
    "https://ehr.example.org:٤٤٣/fhir/R4",
    "https://ehr.example.org;evil.example/fhir/R4",
    "https://ehr.example.org,evil.example/fhir/R4",
    "https://[ehr.example.org]/fhir/R4",
    "https://10.20.30.40:8443/fhir\u2028",
    "https://169090600:8443/fhir",
    "https://0x0a141e28:8443/fhir",
    "https://012.024.036.050:8443/fhir",
    "https://10.1318440:8443/fhir",
    "https://10.20.30.040:8443/fhir",
    "https://0xa.0x14.0x1e.0x28:8443/fhir",
    "https://[::ffff:10.20.30.40]:8443/fhir",
    "https://[::ffff:a14:1e28]:8443/fhir",
    "https://[fd12::7%25eth0]",
    "",
    "https://",
]


@pytest.mark.parametrize("url", ELSEWHERE + DISGUISES, ids=ascii)
@pytest.mark.parametrize("loopback", [True, False])
def test_what_is_not_on_the_list_is_refused_in_every_disguise(url: str, loopback: bool) -> None:
    assert allowed(url, LISTED, loopback=loopback) is None


@pytest.mark.parametrize("url", DISGUISES, ids=ascii)
def test_a_disguise_is_no_server_even_where_an_administrator_wrote_it(url: str) -> None:
    assert normalised(url) is None
    assert allowed(url, [url], loopback=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/fhir",
        "http://localhost/fhir",
        "http://127.9.8.7/fhir",
        "http://[::1]:8080",
        "https://localhost:8443/fhir",
    ],
)
def test_this_machine_is_allowed_only_in_development_or_when_listed(url: str) -> None:
    assert is_loopback(url)
    assert allowed(url, (), loopback=True) == url
    assert allowed(url, (), loopback=False) is None
    assert allowed(url, [url], loopback=False) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/fhir",
        "http://0x7f000001/fhir",
        "http://0x7f.1/fhir",
        "http://0177.0.0.1/fhir",
        "http://127.1/fhir",
        "http://127.0.1/fhir",
        "http://127.0.0.1./fhir",
        "http://127.0.0.01/fhir",
        "http://[::ffff:127.0.0.1]/fhir",
        "http://[::ffff:7f00:1]/fhir",
        "http://[::]/fhir",
        "http://0.0.0.0/fhir",
        "http://0/fhir",
        "http://①27.0.0.1/fhir",
        "http://127。0。0。1/fhir",
        "http://localhost.evil.example/fhir",
        "http://localhost@evil.example/fhir",
        "http://evil.example/fhir",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/fhir",
        "http://lOcalho\u017ft/fhir",
        "http://localhost./fhir",
    ],
    ids=ascii,
)
def test_development_opens_this_machine_and_nothing_that_looks_like_it(url: str) -> None:
    assert allowed(url, (), loopback=True) is None


@pytest.mark.parametrize(
    "url", ["http://ehr.example.org/fhir", "http://10.0.0.1/fhir", "http://[fd12::7]/fhir"]
)
def test_plain_http_beyond_this_machine_is_refused_even_where_it_is_listed(url: str) -> None:
    assert allowed(url, [url], loopback=True) is None


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (BASE + "?_getpages=a&_offset=20", BASE + "?_getpages=a&_offset=20"),
        (BASE + "/Condition?page=2", BASE + "/Condition?page=2"),
        (BASE + "/Condition/_search?x=a%7Cb|c", BASE + "/Condition/_search?x=a%7Cb|c"),
        ("https://EHR.example.org:443/fhir/R4/Condition?p=2", BASE + "/Condition?p=2"),
        ("Condition?page=2", BASE + "/Condition?page=2"),
        ("?page=2", BASE + "/?page=2"),
        ("/fhir/R4/Condition?page=2", BASE + "/Condition?page=2"),
    ],
)
def test_a_next_page_on_the_server_is_followed(link: str, address: str) -> None:
    assert below(BASE, link) == address


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/fhir/R4/Condition?page=2",
        "http://ehr.example.org/fhir/R4/Condition?page=2",
        "https://ehr.example.org:8443/fhir/R4/Condition?page=2",
        "https://ehr.example.org/fhir/R44?page=2",
        "https://ehr.example.org/admin?x=/fhir/R4/",
        BASE + "/../../admin",
        BASE + "/%2e%2e/%2E%2e/admin",
        BASE + "/%252e%252e/admin",
        BASE + "/..%2fadmin",
        BASE + "/..\\admin",
        "../../admin",
        "/admin",
        "//evil.example/fhir/R4/Condition",
        "\\\\evil.example/fhir/R4/Condition",
        "https://ehr.example.org@evil.example/fhir/R4",
        "https://ehr.example.org:x@evil.example/fhir/R4",
        BASE + "/Condition?page=2#there",
        BASE + "/Condition?page=2\r\nX-Header: 1",
        BASE + "/Condition?page=\x00",
        "javascript:alert(1)",
        "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
        "file:///etc/passwd",
        "https://[::1",
    ],
    ids=ascii,
)
def test_a_next_page_elsewhere_is_not(link: str) -> None:
    assert below(BASE, link) is None


@settings(deadline=None)
@given(st.text() | st.from_regex(r"(https?:)?[/\\]{0,3}[\[\]@:a-z0-9.%]{0,20}[/?#]?.*"))
def test_whatever_a_link_says_it_stays_on_the_server(link: str) -> None:
    found = below(BASE, link)
    assert found is None or found.startswith((BASE + "/", BASE + "?")) or found == BASE


@settings(deadline=None)
@given(st.from_regex(r"\A(https?://)?[\[\]@:a-zA-Z0-9.%]{0,20}(/|/[a-z.]+)*\Z"))
def test_a_base_url_has_one_spelling(url: str) -> None:
    found = normalised(url)
    assert found is None or normalised(found) == found
