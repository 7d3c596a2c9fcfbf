from __future__ import annotations

import pytest

from service.trust.audience import Audience
from tests.service.trust.making import BASE, EXPLAIN, OTHER, SERVICE

ROOT = f"{BASE}/cds-services"
FEEDBACK = f"{SERVICE}/feedback"
PROXY = "https://proxy.example.org/hooks"
ID = SERVICE.removeprefix(ROOT)


@pytest.mark.parametrize(
    ("said", "called"),
    [
        (SERVICE, [SERVICE]),
        (ROOT, [SERVICE]),
        (ROOT, [ROOT]),
        (ROOT, [FEEDBACK]),
        (f"{SERVICE}/", [SERVICE]),
        (f"{ROOT}/", [SERVICE]),
        (SERVICE.replace("https://cds", "HTTPS://CDS"), [SERVICE]),
        (SERVICE.replace(".org", ".org:443"), [SERVICE]),
        (FEEDBACK, [FEEDBACK]),
        (SERVICE, [EXPLAIN, SERVICE]),
        (EXPLAIN, [EXPLAIN, SERVICE]),
    ],
)
def test_by_default_a_token_may_name_the_endpoint_or_all_services(
    said: str, called: list[str]
) -> None:
    assert Audience([ROOT], BASE).accepts([said], called)
    assert Audience([ROOT], BASE).accepts(["https://elsewhere.example.org", said], called)


@pytest.mark.parametrize(
    ("said", "called"),
    [
        (OTHER, [SERVICE]),
        (EXPLAIN, [SERVICE]),
        (SERVICE, [OTHER]),
        (SERVICE, [FEEDBACK]),
        (SERVICE, [ROOT]),
        (FEEDBACK, [SERVICE]),
        (BASE, [SERVICE]),
        (f"{ROOT}x", [SERVICE]),
        (f"{SERVICE}x", [SERVICE]),
        (f"{SERVICE}//", [SERVICE]),
        (f"{SERVICE}?a=b", [SERVICE]),
        (f"{SERVICE}#a", [SERVICE]),
        (f"{OTHER}/..{ID}", [SERVICE]),
        (SERVICE.upper(), [SERVICE]),
        (SERVICE.replace("https", "http"), [SERVICE]),
        (SERVICE.replace(".org", ".org:444"), [SERVICE]),
        (SERVICE.replace("//", "//u@"), [SERVICE]),
        (SERVICE.replace("cds.", "cds\t."), [SERVICE]),
        (SERVICE.replace("cds.example.org", "evil.example.org"), [SERVICE]),
        ("https://[::1", [SERVICE]),
        ("https://cds.example.org:99999/", [SERVICE]),
        ("cds-services", [SERVICE]),
        ("", [SERVICE]),
    ],
)
def test_a_token_for_another_address_is_not_good_here(said: str, called: list[str]) -> None:
    assert not Audience([ROOT], BASE).accepts([said], called)


def test_a_token_for_nobody_is_not_good() -> None:
    assert not Audience([ROOT], BASE).accepts([], [SERVICE])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (PROXY, PROXY),
        (PROXY, PROXY + ID),
        (PROXY, SERVICE.replace(BASE, PROXY)),
        (BASE, SERVICE),
        (BASE, BASE),
        (BASE, ROOT),
        ("urn:hospital:cds", "urn:hospital:cds"),
    ],
)
def test_an_entry_stands_for_itself_and_for_the_endpoint_below_it(entry: str, said: str) -> None:
    if said != ROOT:
        assert Audience([entry], BASE).accepts([said], [SERVICE])
    assert Audience([entry, ROOT], BASE).accepts([said], [SERVICE])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (PROXY, OTHER.replace(ROOT, PROXY)),
        (PROXY, f"{PROXY}/any"),
        (PROXY, SERVICE),
        (OTHER, SERVICE),
        (PROXY, f"{PROXY}x{ID}"),
        ("urn:hospital:cds", "urn:hospital:cds:more"),
        ("urn:hospital:cds", "URN:hospital:cds"),
        ("urn:hospital:cds", SERVICE),
    ],
)
def test_an_entry_does_not_stand_for_anything_else(entry: str, said: str) -> None:
    assert not Audience([entry], BASE).accepts([said], [SERVICE])


def test_an_entry_for_one_service_opens_that_service_only() -> None:
    audience = Audience([SERVICE, OTHER], BASE)
    assert audience.accepts([SERVICE], [SERVICE])
    assert audience.accepts([SERVICE], [FEEDBACK])
    assert audience.accepts([SERVICE], [EXPLAIN, SERVICE])
    assert not audience.accepts([SERVICE], [OTHER])
    assert not audience.accepts([SERVICE], [ROOT])


def test_the_service_may_live_below_a_path() -> None:
    base = "https://hospital.example.org/cds/numbness"
    service = base + "/cds-services/x"
    audience = Audience([base + "/cds-services"], base)
    assert audience.accepts([service], [service])
    assert not audience.accepts(["https://hospital.example.org/cds-services/x"], [service])
