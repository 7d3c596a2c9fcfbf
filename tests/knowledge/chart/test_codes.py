from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.chart.codes import (
    ATC,
    ICD_10,
    ICD_10_CM,
    LOINC,
    RXNORM,
    SNOMED,
    UCUM,
    canonical_code,
    canonical_system,
)

OIDS = {
    "2.16.840.1.113883.6.1": LOINC,
    "2.16.840.1.113883.6.3": ICD_10,
    "2.16.840.1.113883.6.8": UCUM,
    "2.16.840.1.113883.6.73": ATC,
    "2.16.840.1.113883.6.88": RXNORM,
    "2.16.840.1.113883.6.90": ICD_10_CM,
    "2.16.840.1.113883.6.96": SNOMED,
}


@pytest.mark.parametrize(("oid", "url"), OIDS.items())
@pytest.mark.parametrize("form", ["{}", "urn:oid:{}", "URN:OID:{}", " urn:oid:{} ", "{}|2024"])
def test_an_oid_is_its_canonical_url(oid: str, url: str, form: str) -> None:
    assert canonical_system(form.format(oid)) == url


@pytest.mark.parametrize("url", OIDS.values())
@pytest.mark.parametrize("form", ["{}", "{}/", "{}|2026-04", "{}/version/20260301", " {} "])
def test_a_version_or_a_slash_does_not_make_another_system(url: str, form: str) -> None:
    assert canonical_system(form.format(url)) == url
    assert canonical_system(form.format(url.replace("http://", "https://"))) == url
    assert canonical_system(form.format(url.upper())) == url


@pytest.mark.parametrize(
    "edition",
    [
        "http://snomed.info/sct/83821000000107",
        "http://snomed.info/sct/731000124108/version/20260301",
        "http://snomed.info/sct|http://snomed.info/sct/900000000000207008/version/20260101",
        "https://www.snomed.info/sct/",
    ],
)
def test_an_edition_of_snomed_ct_is_snomed_ct(edition: str) -> None:
    assert canonical_system(edition) == SNOMED


@pytest.mark.parametrize(
    "kin",
    [
        "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
        "http://fhir.de/CodeSystem/dimdi/icd-10-gm",
        "http://hl7.org/fhir/sid/icd-10-am",
        "http://hl7.org/fhir/sid/icd-10-de",
        "http://hl7.org/fhir/sid/icd-9-cm",
        "urn:oid:2.16.840.1.113883.6.135",
        "urn:oid:2.16.840.1.113883.6.9",
        "http://fhir.de/CodeSystem/bfarm/atc",
    ],
)
def test_national_kin_stay_systems_of_their_own(kin: str) -> None:
    assert canonical_system(kin) == kin
    assert canonical_system(kin) not in OIDS.values()


@pytest.mark.parametrize("nothing", [None, "", " ", "|", "/"])
def test_no_system_is_none(nothing: str | None) -> None:
    assert canonical_system(nothing) is None


@pytest.mark.parametrize("system", [ICD_10_CM, ICD_10, "urn:oid:2.16.840.1.113883.6.90"])
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("G834", "G83.4"),
        ("g83.4", "G83.4"),
        (" G83.4 ", "G83.4"),
        ("G83", "G83"),
        ("G83.", "G83"),
        ("s32010a", "S32.010A"),
        ("M80.08XA", "M80.08XA"),
        ("C7B.01", "C7B.01"),
        ("c7b01", "C7B.01"),
        ("G63.2*", "G63.2"),
        ("E11.4†", "E11.4"),
        ("nonsense", "NONSENSE"),
        ("", ""),
    ],
)
def test_an_icd_code_has_its_dot_and_upper_case(system: str, sent: str, code: str) -> None:
    assert canonical_code(system, sent) == code


def test_codes_of_other_systems_are_only_stripped() -> None:
    assert canonical_code(SNOMED, " 449813001 ") == "449813001"
    assert canonical_code("http://loinc.org/", " 4548-4") == "4548-4"
    assert canonical_code(LOINC, "la6576-8") == "LA6576-8"
    assert canonical_code(ATC, "b01aa03") == "B01AA03"
    assert canonical_code("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "g834") == "g834"
    assert canonical_code(None, "g834") == "g834"


@given(st.text(), st.text())
def test_no_text_breaks_the_names_and_twice_is_once(system: str, code: str) -> None:
    once = canonical_system(system)
    assert canonical_system(once) == once
    for known in (ICD_10_CM, SNOMED, system):
        spelt = canonical_code(known, code)
        assert canonical_code(known, spelt) == spelt


def test_an_absurdly_long_system_is_none() -> None:
    assert canonical_system("x" * 1_000_000) is None
