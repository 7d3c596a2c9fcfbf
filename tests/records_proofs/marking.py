"""Patients with a word of its own in every field that can hold one, so that a leak tells whence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

STRUCTURE = {
    "resourceType", "system", "code", "unit", "comparator", "status", "intent", "priority",
    "gender", "use", "type", "mode", "hook", "relation", "url", "valueCode", "token_type", "scope",
}  # fmt: skip
"""Fields that hold codes: marked in the second kind of patient, for these would make no sense."""

WHOSE = {"id", "patientId", "encounterId"}
REFERENCES = {"reference", "userId", "selections"}
INSTANCE = "hookInstance"
DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T.*)?)?)?")
FOUND = re.compile(rb"zqm[0-9]{6}x", re.IGNORECASE)


@dataclass
class Marker:
    """Makes marker words, and remembers where each was put."""

    made: dict[str, str] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)

    def word(self, place: str) -> str:
        """A word that nobody else has."""
        found = f"zqm{len(self.made):06}x"
        self.made[found] = place
        return found

    def patient(self, request: Json, instance: bool) -> Json:
        """A call with words in all fields but codes and dates, and in many more fields.

        `instance`: in the hookInstance, too.
        """
        self._ids = {}
        found: Json = self._marked(request, "", "")
        prefetch = found.get("prefetch") or {}
        keys = {self._key(key) if instance else key: one for key, one in prefetch.items()}
        keys |= {self.word("a key of the prefetch"): None}
        server = f"https://{self.word('fhirServer')}.example.org/fhir"
        found |= {"prefetch": keys, "fhirServer": server, "fhirAuthorization": self.access()}
        return found | {INSTANCE: self.word(INSTANCE) if instance else request[INSTANCE]}

    def _key(self, key: str) -> str:
        """A key of the site's own, but where an empty list has to be known by it."""
        needed = ("conditions", "observations")
        return key if key in needed else f"{key} {self.word('a key of the prefetch')}"

    def access(self) -> Json:
        """What opens a FHIR server."""
        words = {name: self.word(name) for name in ("access_token", "subject", "scope", "patient")}
        return words | {"token_type": "Bearer", "expires_in": 300}

    def everywhere(self, value: Any, path: str = "") -> Any:
        """Every text with a word, codes and dates as well, and every object with a key that is one.

        Only hook and type stay what they are, or nothing would be read.
        """
        if isinstance(value, dict):
            found = {key: self.everywhere(one, f"{path}.{key}") for key, one in value.items()}
            return found | {self.word(f"{path}: a key"): self.word(f"{path}: its value")}
        if isinstance(value, list):
            return [self.everywhere(one, path) for one in value]
        stays = path in (".hook", f".{INSTANCE}") or path.endswith(".resourceType")
        if not isinstance(value, str) or stays:
            return value
        blank = "-" if path in (".context.patientId", ".fhirServer") else " "
        return f"{value}{blank}{self.word(path)}"

    def _marked(self, value: Any, key: str, path: str) -> Any:
        if isinstance(value, dict):
            whole = value | self._more(value, path) if "resourceType" in value else value
            return {name: self._marked(one, name, f"{path}.{name}") for name, one in whole.items()}
        if isinstance(value, list):
            return [self._marked(one, key, path) for one in value]
        return self._text(value, key, path) if isinstance(value, str) else value

    def _text(self, value: str, key: str, path: str) -> str:
        if FOUND.search(value.encode()) or key == INSTANCE:
            return value
        if key in WHOSE:
            return self._id(value, path)
        if key in REFERENCES:
            kind, slash, name = value.rpartition("/")
            return f"{kind}{slash}{self._id(name, path)}"
        if key == "url" and path.endswith("link.url"):
            return f"{value}{'&' if '?' in value else '?'}_tag={self.word(path)}"
        if key in STRUCTURE or DATE.fullmatch(value):
            return value
        return f"{value} {self.word(path)}"

    def _id(self, value: str, path: str) -> str:
        """The same for the same, so that references still lead somewhere."""
        if value not in self._ids:
            self._ids[value] = self.word(path)
        return self._ids[value]

    def _more(self, resource: Json, path: str) -> Json:
        """Fields that charts have and the example has not."""
        kind = resource["resourceType"]
        if kind == "Bundle":
            return {}
        person = {"reference": f"Practitioner/{self.word(path)}", "display": self.word(path)}
        more: Json = {
            "identifier": [{"system": "urn:mrn", "value": self.word(f"{path}.identifier")}],
            "text": {"status": "generated", "div": f"<div>{self.word(f'{path}.text')}</div>"},
            "extension": [{"url": "urn:x", "valueString": self.word(f"{path}.extension")}],
            "meta": {"source": self.word(path), "tag": [{"display": self.word(path)}]},
        }
        if kind == "Patient":
            more |= self._person(path)
        else:
            more |= {"note": [{"text": self.word(f"{path}.note")}], "recorder": person}
        return {name: one for name, one in more.items() if name not in resource}

    def _person(self, path: str) -> Json:
        def word(what: str) -> str:
            return self.word(f"{path}.{what}")

        return {
            "name": [{"family": word("name"), "given": [word("name")], "text": word("name")}],
            "address": [{"line": [word("address")], "city": word("address")}],
            "telecom": [{"system": "phone", "value": word("telecom")}],
            "contact": [{"name": {"text": word("contact")}}],
            "generalPractitioner": [{"display": word("generalPractitioner")}],
            "managingOrganization": {"display": word("managingOrganization")},
        }
