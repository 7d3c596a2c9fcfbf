"""Making a resource readable that is not quite R4, without changing what it says.

Re-typing that loses nothing is done: an object where a list belongs, a list of one where an
object belongs, a number for a text, the text of a number, a plain text where a concept, a note
or a reference belongs. Fields whose loss cannot turn a yes into a no, or the reverse, are dropped
and named. Any other bad field makes the resource unreadable: without its value[x] an Observation
of a finding would say that the finding is present.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import msgspec
from msgspec import inspect

from knowledge.chart import fhir

READ_TYPES: Final = frozenset(
    {
        "Condition",
        "Device",
        "DiagnosticReport",
        "Encounter",
        "FamilyMemberHistory",
        "ImagingStudy",
        "Medication",
        "MedicationAdministration",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Patient",
        "Procedure",
        "ServiceRequest",
    }
)
_KEPT_ALWAYS: Final = frozenset({"resourceType", "id"})
_DROPPABLE: Final = frozenset(
    {
        *("meta", "note", "encounter", "context", "category", "severity", "evidence"),
        *("referenceRange", "dosageInstruction", "dosage", "contained", "identifier"),
        *("recordedDate", "authoredOn", "issued", "period", "started", "description"),
    }
)
_DROPPABLE_STEMS: Final = ("onset", "effective", "performed", "occurrence")
_DROPPABLE_INSIDE: Final[Mapping[type, frozenset[str]]] = MappingProxyType(
    {
        fhir.Coding: frozenset({"version"}),
        fhir.Reference: frozenset({"display", "type", "identifier"}),
        fhir.Annotation: frozenset({"time"}),
        fhir.Component: frozenset({"referenceRange"}),
    }
)
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_BOOLEANS: Final = MappingProxyType({"true": True, "false": False})


class UnfitError(Exception):
    """A field that cannot be read. Its path consists of field names and positions only."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


def mend(document: Mapping[str, Any]) -> tuple[fhir.Resource, tuple[str, ...]]:
    """The resource, and the paths of the fields that had to be dropped.

    Raises UnfitError with the path of the first field that could be neither read nor dropped.
    """
    dropped: list[str] = []
    fitted = _fit_struct(document, _shape(), "", dropped)
    return msgspec.convert(fitted, fhir.Resource), tuple(dropped)


@lru_cache(maxsize=1)
def _shape() -> inspect.StructType:
    shape = inspect.type_info(fhir.Resource)
    assert isinstance(shape, inspect.StructType)
    return shape


def _fit(value: Any, shape: inspect.Type, path: str, dropped: list[str]) -> Any:
    """The value in the given shape, or UnfitError."""
    if isinstance(shape, inspect.UnionType):
        return _fit_union(value, shape, path, dropped)
    if isinstance(shape, inspect.StructType):
        return _fit_struct(value, shape, path, dropped)
    if isinstance(shape, inspect.VarTupleType):
        return _fit_list(value, shape, path, dropped)
    return _SIMPLE[type(shape)](value, path)


def _fit_union(value: Any, shape: inspect.UnionType, path: str, dropped: list[str]) -> Any:
    members = [one for one in shape.types if not isinstance(one, inspect.NoneType)]
    for member in members:
        if isinstance(value, _KINDS[type(member)]):
            return _fit(value, member, path, dropped)
    return _fit(value, members[0], path, dropped)


def _fit_list(value: Any, shape: inspect.VarTupleType, path: str, dropped: list[str]) -> list[Any]:
    items = value if isinstance(value, list) else [value]
    return [
        _fit(item, shape.item_type, f"{path}[{place}]", dropped)
        for place, item in enumerate(items)
        if item is not None
    ]


def _fit_struct(
    value: Any, shape: inspect.StructType, path: str, dropped: list[str]
) -> dict[str, Any]:
    document = _as_object(value, shape.cls, path)
    may_drop = _may_drop(shape.cls, document)
    fitted: dict[str, Any] = {}
    for field in shape.fields:
        name = field.encode_name
        if document.get(name) is None:
            continue
        where = f"{path}.{name}" if path else name
        try:
            fitted[name] = _fit(document[name], field.type, where, dropped)
        except UnfitError:
            if not may_drop(name):
                raise
            dropped.append(where)
    return fitted


def _as_object(value: Any, cls: type, path: str) -> Mapping[str, Any]:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str) and cls in _FROM_TEXT:
        return _FROM_TEXT[cls](value)
    if not isinstance(value, Mapping):
        raise UnfitError(path)
    return value


def _may_drop(cls: type, document: Mapping[str, Any]) -> Callable[[str], bool]:
    """Which fields of this object may be lost.

    All of a type that the chart does not read, and all of a Patient: nobody may become somebody
    else's because of a bad birth date.
    """
    if cls is not fhir.Resource:
        inside = _DROPPABLE_INSIDE.get(cls, frozenset())
        return lambda name: name in inside
    kind = document.get("resourceType")
    if not isinstance(kind, str) or kind == "Patient" or kind not in READ_TYPES:
        return lambda name: name not in _KEPT_ALWAYS
    return lambda name: name in _DROPPABLE or name.startswith(_DROPPABLE_STEMS)


def _fit_text(value: Any, path: str) -> str:
    if isinstance(value, str):
        return _without_surrogates(value)
    if isinstance(value, bool):
        if path == "id":
            return str(value).lower()
        raise UnfitError(path)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value) and not path.endswith("code"):
        return str(value)  # not for a code: 724.20 would become 724.2, another code
    raise UnfitError(path)


def _without_surrogates(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _fit_number(value: Any, path: str) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise UnfitError(path)
    try:
        number = float(value)
    except OverflowError:
        raise UnfitError(path) from None
    if not math.isfinite(number):
        raise UnfitError(path)
    return number


def _fit_integer(value: Any, path: str) -> int:
    number = _fit_number(value, path)
    if number != int(number) or abs(number) >= sys.maxsize:
        raise UnfitError(path)
    return int(number)


def _fit_boolean(value: Any, path: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _BOOLEANS:
        return _BOOLEANS[value.strip().lower()]
    raise UnfitError(path)


def _text_as(name: str) -> Callable[[str], Mapping[str, Any]]:
    return lambda text: {name: text}


_FROM_TEXT: Final[Mapping[type, Callable[[str], Mapping[str, Any]]]] = MappingProxyType(
    {
        fhir.CodeableConcept: lambda text: {"coding": [{"code": text}], "text": text},
        fhir.ClassCode: _text_as("code"),
        fhir.Coding: _text_as("code"),
        fhir.Reference: _text_as("reference"),
        fhir.Annotation: _text_as("text"),
        fhir.Dosage: _text_as("text"),
    }
)
_SIMPLE: Final[Mapping[type, Callable[[Any, str], Any]]] = MappingProxyType(
    {
        inspect.StrType: _fit_text,
        inspect.FloatType: _fit_number,
        inspect.IntType: _fit_integer,
        inspect.BoolType: _fit_boolean,
    }
)
_KINDS: Final[Mapping[type, type]] = MappingProxyType(
    {
        inspect.StrType: str,
        inspect.FloatType: float,
        inspect.IntType: int,
        inspect.BoolType: bool,
        inspect.StructType: dict,
        inspect.VarTupleType: list,
    }
)
