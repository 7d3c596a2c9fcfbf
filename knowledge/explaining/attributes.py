"""The source attributes of a criterion: what US certification asks to be told of decision support.

What can be derived is derived: nobody has to remember to write that a criterion asks for the age.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from pydantic import Field, model_validator

from knowledge.explaining.sources import citation
from knowledge.explaining.wording import Wording, either
from knowledge.language.clauses import Resolve
from knowledge.language.files import parse, read
from knowledge.language.schema import AgeIs, Criterion, Finding, Name, Shape, Source
from knowledge.language.strata import all_clauses, clauses

FILE = Path(__file__).parents[1] / "attributes.yaml"
AttributeName = Literal[
    "citation", "developer", "funding", "dates", "race", "ethnicity", "language",
    "sexual-orientation", "gender-identity", "sex", "date-of-birth", "social-determinants",
    "health-status",
]  # fmt: skip


class Use(Shape):
    """When a criterion uses something about the patient, and what is said of it then.

    `findings`: used where the criterion asks one of these; `age`: where a clause asks for the age.
    `always` holds for every criterion.
    """

    findings: tuple[Name, ...] = ()
    age: bool = False
    used: str = ""
    unused: str = ""
    always: str | None = None


class Attribute(Shape):
    """One attribute of the list. `use`: it tells whether data about the patient are used."""

    id: AttributeName
    number: int = Field(ge=1)
    title: str
    use: Use | None = None


class Checked(Shape):
    """Where the list was read, and what could not be checked."""

    read: tuple[str, ...]
    not_checked: str
    last_checked: str = Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")


class Attributes(Shape):
    """The file `attributes.yaml`."""

    about: str
    checked: Checked
    developer: str
    funding: str
    attributes: tuple[Attribute, ...]
    overrides: dict[Name, dict[AttributeName, str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _numbered_without_a_gap(self) -> Attributes:
        numbers = [one.number for one in self.attributes]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError("the attributes are not numbered 1, 2, 3 …")
        return self


class Attributed(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, kw_only=True):
    """One attribute answered. `used` is None where it is no question of use."""

    id: str
    number: int
    title: str
    says: tuple[str, ...]
    used: bool | None = None


@cache
def load_attributes() -> Attributes:
    """The attributes of this version."""
    return parse(read(FILE), Attributes)


@dataclass(frozen=True, slots=True)
class Subject:
    """A criterion with everything that its attributes follow from."""

    criterion: Criterion
    asked: Collection[str]
    findings: Mapping[str, Finding]
    sources: tuple[Source, ...]
    resolve: Resolve
    wording: Wording
    dates: tuple[str, ...]


def attributes_of(subject: Subject) -> tuple[Attributed, ...]:
    """All attributes of a criterion, in the order of the list."""
    file = load_attributes()
    return tuple(_answered(one, file, subject) for one in file.attributes)


def _answered(one: Attribute, file: Attributes, subject: Subject) -> Attributed:
    own = file.overrides.get(subject.criterion.id, {}).get(one.id)
    if one.use is not None:
        used, derived = _use(one.use, subject)
    else:
        used, derived = None, list(_told(one, file, subject))
    says = (own,) if own else tuple(derived)
    return Attributed(id=one.id, number=one.number, title=one.title, says=says, used=used)


def _told(one: Attribute, file: Attributes, subject: Subject) -> tuple[str, ...]:
    match one.id:
        case "citation":
            return tuple(citation(source) for source in subject.sources)
        case "developer":
            return (file.developer,)
        case "funding":
            return (file.funding,)
        case _:
            return subject.dates


def _use(use: Use, subject: Subject) -> tuple[bool, list[str]]:
    what = [subject.findings[name].title for name in use.findings if name in subject.asked]
    what += list(dict.fromkeys(_ages(subject))) if use.age else []
    says = [use.used.format(what=either(what).replace(" or ", " and "))] if what else []
    if use.always:
        adult = subject.wording.limit(subject.resolve("chart", "adult"))
        says.append(use.always.format(adult=adult))
    return bool(says), says or [use.unused]


def _ages(subject: Subject) -> Iterator[str]:
    """The limits of age that the criterion and its findings ask for."""
    for file, clause in _every_clause(subject):
        if isinstance(clause, AgeIs):
            limits = (("at least", clause.age.at_least), ("under", clause.age.under))
            for words, name in limits:
                if name:
                    yield f"{words} {subject.wording.limit(subject.resolve(file, name))}"


def _every_clause(subject: Subject) -> Iterator[tuple[str, object]]:
    for _, top in all_clauses(subject.criterion):
        for clause in clauses(top):
            yield subject.criterion.id, clause
    for name in subject.asked:
        when = subject.findings[name].when
        for clause in clauses(when) if when else ():
            yield name, clause
