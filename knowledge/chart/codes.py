"""Code systems by one name each, and codes in one spelling.

The names follow the FHIR R4 list of code systems and HL7's terminology naming systems
(NamingSystem icd10CM, v3-snomed-CT, v3-WC and kin). ICD-10-CM, the WHO's ICD-10 and national
modifications are different systems and stay so.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import Final

SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
UCUM: Final = "http://unitsofmeasure.org"
ICD_10_CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10: Final = "http://hl7.org/fhir/sid/icd-10"
ATC: Final = "http://www.whocc.no/atc"

_OIDS: Final = MappingProxyType(
    {
        "2.16.840.1.113883.6.1": LOINC,
        "2.16.840.1.113883.6.3": ICD_10,
        "2.16.840.1.113883.6.8": UCUM,
        "2.16.840.1.113883.6.73": ATC,
        "2.16.840.1.113883.6.88": RXNORM,
        "2.16.840.1.113883.6.90": ICD_10_CM,
        "2.16.840.1.113883.6.96": SNOMED,
    }
)
_CACHED: Final = 1000
_LONGEST: Final = 1000
_SCHEME: Final = re.compile(r"https?://(www\.)?", re.IGNORECASE)
_VERSION: Final = re.compile(r"/version/.*$", re.IGNORECASE)
_EDITION: Final = re.compile(r"(snomed\.info/x?sct)/\d+$", re.IGNORECASE)
_OID: Final = re.compile(r"(?:urn:oid:)?([0-2](?:\.\d+)+)", re.IGNORECASE)
_ICD: Final = re.compile(r"([A-Z]\d[0-9A-Z])\.?([0-9A-Z]*)([^0-9A-Z].*)?")


def canonical_system(system: str | None) -> str | None:
    """The canonical URL of a code system, or the name as sent where it is none of ours.

    Understood are `urn:oid:` and bare OIDs, http and https, upper case, trailing slashes,
    version suffixes (`|2024`, `/version/…`) and SNOMED CT editions. None and blank give None.
    """
    if not system or len(system) > _LONGEST:
        return None
    return _canonical(system)


def canonical_code(system: str | None, code: str) -> str:
    """The code in the one spelling of its system; `system` may be in any known form.

    ICD-10 and ICD-10-CM: upper case, with the dot after the third character, without the
    dagger and asterisk marks. LOINC, ATC: upper case. Others: without blanks around.
    """
    stripped = code.strip()
    canonical = canonical_system(system)
    if canonical in (ICD_10_CM, ICD_10):
        return _dotted(stripped)
    if canonical in (LOINC, ATC):
        return stripped.upper()
    return stripped


@lru_cache(maxsize=_CACHED)
def _canonical(system: str) -> str | None:
    name = system.strip().split("|")[0].strip()
    oid = _OID.fullmatch(name)
    if oid:
        return _OIDS.get(oid[1], f"urn:oid:{oid[1]}")
    shortened = _VERSION.sub("", name).rstrip("/")
    shortened = _EDITION.sub(r"\1", shortened)
    return _by_key().get(_key(shortened), shortened or None)


def _key(url: str) -> str:
    return _SCHEME.sub("", url).lower()


@lru_cache(maxsize=1)
def _by_key() -> dict[str, str]:
    return {_key(url): url for url in _OIDS.values()}


def _dotted(code: str) -> str:
    match = _ICD.fullmatch(code.upper())
    if not match:
        return code.upper()
    category, rest, mark = match.groups()
    if mark and mark.strip() not in ("+", "*", "†", ".", "-", ".-"):
        return code.upper()
    return f"{category}.{rest}" if rest else category
