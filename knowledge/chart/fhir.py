"""The FHIR R4 fields that the chart reads, as msgspec structs.

One wide tolerant struct, `Resource`, stands for every resource type: unknown keys are skipped,
every field is optional, lists are tuples. Where R4's types disagree about the shape of a field
(`bodySite`, `category`, `type`, `class`, `dosage`) the field is a union, and a property in the
plural (`body_sites`, `categories`, `types`, `classes`, `dosages`) is what a reader should use;
likewise `priority`, `total`, `outcome` and `description` for the fields that end in `_sent`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated

import msgspec

# What no machine counts in 64 bits is no FHIR integer, and would overflow as a float.
Integer = Annotated[int, msgspec.Meta(ge=-sys.maxsize, le=sys.maxsize)]


class Fhir(msgspec.Struct, rename="camel", frozen=True, gc=False):
    """What all structs share: camelCase outside, snake_case inside, no collector overhead."""


class Opaque(Fhir, frozen=True):
    """An object of which only the presence is known."""


class Extension(Fhir, frozen=True):
    """An extension by its URL; its content is not read."""

    url: str | None = None


class Meta(Fhir, frozen=True):
    """`Resource.meta`."""

    last_updated: str | None = None


class Identifier(Fhir, frozen=True):
    """A business identifier."""

    system: str | None = None
    value: str | None = None


class Coding(Fhir, frozen=True):
    """One code of one system, as sent (see `codes` for the canonical forms)."""

    system: str | None = None
    version: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Fhir, frozen=True):
    """Codes that mean the same, with text."""

    coding: tuple[Coding, ...] = ()
    text: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The text and every display, without the empty ones."""
        shown = (self.text, *(coding.display for coding in self.coding))
        return tuple(text for text in shown if text)


class ClassCode(Fhir, frozen=True):
    """`Encounter.class`: a Coding in R4, a CodeableConcept in R5; both are read."""

    system: str | None = None
    version: str | None = None
    code: str | None = None
    display: str | None = None
    coding: tuple[Coding, ...] = ()
    text: str | None = None

    @property
    def codings(self) -> tuple[Coding, ...]:
        """The codes, whichever way they were written."""
        if self.code is None and self.display is None:
            return self.coding
        own = Coding(system=self.system, version=self.version, code=self.code, display=self.display)
        return (own, *self.coding)


class Quantity(Fhir, frozen=True):
    """A number with its unit; also Age, Duration and SimpleQuantity."""

    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(Fhir, frozen=True):
    """From `low` to `high`."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(Fhir, frozen=True):
    """One quantity over another."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Period(Fhir, frozen=True):
    """From `start` to `end`, both FHIR dateTime texts; without an end it goes on."""

    start: str | None = None
    end: str | None = None


class Reference(Fhir, frozen=True):
    """A reference to another resource."""

    reference: str | None = None
    display: str | None = None
    type: str | None = None
    identifier: Identifier | None = None


class Annotation(Fhir, frozen=True):
    """A note."""

    text: str | None = None
    time: str | None = None


class ReferenceRange(Fhir, frozen=True):
    """What the laboratory holds to be normal."""

    low: Quantity | None = None
    high: Quantity | None = None
    text: str | None = None


class Evidence(Fhir, frozen=True):
    """`Condition.evidence`."""

    code: tuple[CodeableConcept, ...] = ()
    detail: tuple[Reference, ...] = ()


class Repeat(Fhir, frozen=True):
    """`Timing.repeat`: so many times in so long a period."""

    frequency: Integer | None = None
    period: float | None = None
    period_unit: str | None = None
    bounds_period: Period | None = None


class Timing(Fhir, frozen=True):
    """When a dose is due."""

    repeat: Repeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(Fhir, frozen=True):
    """The amount of one dose."""

    dose_quantity: Quantity | None = None
    dose_range: Range | None = None


class Dosage(Fhir, frozen=True):
    """A dosage; `dose` is where MedicationAdministration has the amount."""

    text: str | None = None
    timing: Timing | None = None
    dose_and_rate: tuple[DoseAndRate, ...] = ()
    dose: Quantity | None = None
    route: CodeableConcept | None = None
    as_needed_boolean: bool | None = None


class DispenseRequest(Fhir, frozen=True):
    """How long a prescription is valid, and what it supplies."""

    validity_period: Period | None = None
    number_of_repeats_allowed: Integer | None = None
    expected_supply_duration: Quantity | None = None


class Link(Fhir, frozen=True):
    """A Bundle's link: `self`, `next` and others."""

    relation: str | None = None
    url: str | None = None


class Issue(Fhir, frozen=True):
    """One issue of an OperationOutcome; its words are not read, they may hold patient data."""

    severity: str | None = None
    code: str | None = None


class Answer(Fhir, frozen=True):
    """What an Observation and one of its components share: a question and an answer.

    The last fields are answers that are seen but not read: an Observation that has one of them
    is not an Observation without a value (which would say that the finding is present).
    """

    code: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: CodeableConcept | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: Integer | None = None
    value_range: Range | None = None
    value_ratio: Ratio | None = None
    value_date_time: str | None = None
    value_period: Period | None = None
    value_time: str | None = None
    data_absent_reason: CodeableConcept | None = None
    interpretation: tuple[CodeableConcept, ...] = ()
    reference_range: tuple[ReferenceRange, ...] = ()
    value_sampled_data: Opaque | None = None
    value_attachment: Opaque | None = None
    value_reference: Opaque | None = None
    value_boolean_extended: Opaque | None = msgspec.field(default=None, name="_valueBoolean")
    value_string_extended: Opaque | None = msgspec.field(default=None, name="_valueString")
    value_integer_extended: Opaque | None = msgspec.field(default=None, name="_valueInteger")
    value_date_time_extended: Opaque | None = msgspec.field(default=None, name="_valueDateTime")
    value_time_extended: Opaque | None = msgspec.field(default=None, name="_valueTime")

    @property
    def has_value(self) -> bool:
        """Whether there is an answer that can be read (an interpretation is none)."""
        return any(value is not None for value in self._readable)

    @property
    def has_unread_value(self) -> bool:
        """Whether there is an answer that cannot be read, or a reason beside its place.

        True for a primitive that has extensions only (`_valueBoolean` with data-absent-reason)
        and for SampledData, Attachment and Reference. Such an answer is unknown, not missing.
        """
        return not self.has_value and any(value is not None for value in self._unreadable)

    @property
    def _readable(self) -> Iterable[object]:
        yield self.value_quantity
        yield self.value_codeable_concept
        yield self.value_string
        yield self.value_boolean
        yield self.value_integer
        yield self.value_range
        yield self.value_ratio
        yield self.value_date_time
        yield self.value_period
        yield self.value_time

    @property
    def _unreadable(self) -> Iterable[object]:
        yield self.value_sampled_data
        yield self.value_attachment
        yield self.value_reference
        yield self.value_boolean_extended
        yield self.value_string_extended
        yield self.value_integer_extended
        yield self.value_date_time_extended
        yield self.value_time_extended


class Component(Answer, frozen=True):
    """`Observation.component`."""


class BundleEntry(Fhir, frozen=True):
    """One entry of a Bundle; a transaction may have entries without a resource."""

    full_url: str | None = None
    resource: Resource | None = None


class Resource(Answer, frozen=True):
    """Any resource: the union of the fields that the chart reads of all types."""

    resource_type: str = ""
    id: str | None = None
    meta: Meta | None = None
    contained: tuple[Resource, ...] = ()
    modifier_extension: tuple[Extension, ...] = ()
    identifier: Identifier | tuple[Identifier, ...] | None = None
    status: str | None = None
    type: CodeableConcept | tuple[CodeableConcept, ...] | str | None = None
    category: CodeableConcept | tuple[CodeableConcept | str, ...] | None = None
    subject: Reference | None = None
    patient: Reference | None = None
    encounter: Reference | None = None
    context: Reference | None = None
    period: Period | None = None
    note: tuple[Annotation, ...] = ()
    reason_code: tuple[CodeableConcept, ...] = ()
    body_site: CodeableConcept | tuple[CodeableConcept, ...] | None = None
    # Patient
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    gender: str | None = None
    # Condition
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    severity: CodeableConcept | None = None
    onset_date_time: str | None = None
    onset_age: Quantity | None = None
    onset_period: Period | None = None
    onset_range: Range | None = None
    onset_string: str | None = None
    abatement_date_time: str | None = None
    abatement_age: Quantity | None = None
    abatement_period: Period | None = None
    abatement_range: Range | None = None
    abatement_string: str | None = None
    abatement_boolean: bool | None = None
    recorded_date: str | None = None
    evidence: tuple[Evidence, ...] = ()
    # Observation, DiagnosticReport, MedicationStatement, MedicationAdministration
    effective_date_time: str | None = None
    effective_period: Period | None = None
    effective_instant: str | None = None
    issued: str | None = None
    component: tuple[Component, ...] = ()
    has_member: tuple[Reference, ...] = ()
    focus: tuple[Reference, ...] = ()
    result: tuple[Reference, ...] = ()
    conclusion: str | None = None
    conclusion_code: tuple[CodeableConcept, ...] = ()
    # Procedure
    performed_date_time: str | None = None
    performed_period: Period | None = None
    performed_string: str | None = None
    performed_age: Quantity | None = None
    performed_range: Range | None = None
    outcome_sent: CodeableConcept | str | None = msgspec.field(default=None, name="outcome")
    # ServiceRequest
    intent: str | None = None
    priority_sent: str | CodeableConcept | None = msgspec.field(default=None, name="priority")
    do_not_perform: bool | None = None
    authored_on: str | None = None
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    # Medication*
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    dosage_instruction: tuple[Dosage, ...] = ()
    dosage: Dosage | tuple[Dosage, ...] | None = None
    dispense_request: DispenseRequest | None = None
    # Encounter
    class_: ClassCode | tuple[ClassCode, ...] | None = msgspec.field(default=None, name="class")
    # ImagingStudy
    started: str | None = None
    modality: tuple[Coding, ...] = ()
    procedure_code: tuple[CodeableConcept, ...] = ()
    description_sent: str | CodeableConcept | None = msgspec.field(default=None, name="description")
    # Bundle and OperationOutcome
    total_sent: Integer | Opaque | tuple[Opaque, ...] | None = msgspec.field(
        default=None, name="total"
    )
    link: tuple[Link, ...] = ()
    entry: tuple[BundleEntry, ...] = ()
    issue: tuple[Issue, ...] = ()

    @property
    def about(self) -> Reference | None:
        """Whose resource it is: `subject`, else `patient`."""
        return self.subject or self.patient

    @property
    def body_sites(self) -> tuple[CodeableConcept, ...]:
        """The body sites (one in an Observation, several elsewhere)."""
        return _concepts(self.body_site)

    @property
    def categories(self) -> tuple[CodeableConcept, ...]:
        """The categories (one in a Procedure, several elsewhere)."""
        return _concepts(self.category)

    @property
    def types(self) -> tuple[CodeableConcept, ...]:
        """The types (one in a Device, several in an Encounter); a plain code is none."""
        return _concepts(self.type)

    @property
    def classes(self) -> tuple[Coding, ...]:
        """The codes of an Encounter's class."""
        if self.class_ is None:
            return ()
        several = self.class_ if isinstance(self.class_, tuple) else (self.class_,)
        return tuple(coding for one in several for coding in one.codings)

    @property
    def priority(self) -> str | None:
        """The code of the priority (a Claim has a concept there)."""
        if isinstance(self.priority_sent, CodeableConcept):
            return next((one.code for one in self.priority_sent.coding if one.code), None)
        return self.priority_sent

    @property
    def description(self) -> str | None:
        """The description as text (a Goal has a concept there)."""
        if isinstance(self.description_sent, CodeableConcept):
            return self.description_sent.text
        return self.description_sent

    @property
    def outcome(self) -> CodeableConcept | None:
        """A Procedure's outcome (an ExplanationOfBenefit has a code there)."""
        return self.outcome_sent if isinstance(self.outcome_sent, CodeableConcept) else None

    @property
    def total(self) -> int | None:
        """A Bundle's total (a Claim has an amount there)."""
        return self.total_sent if isinstance(self.total_sent, int) else None

    @property
    def dosages(self) -> tuple[Dosage, ...]:
        """The dosages, wherever the type has them."""
        if self.dosage is None:
            return self.dosage_instruction
        own = self.dosage if isinstance(self.dosage, tuple) else (self.dosage,)
        return (*self.dosage_instruction, *own)

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """The business identifiers."""
        if self.identifier is None:
            return ()
        return self.identifier if isinstance(self.identifier, tuple) else (self.identifier,)

    def find_contained(self, reference: str | None) -> Resource | None:
        """The contained resource that `#id` refers to, or None."""
        if not reference or not reference.startswith("#"):
            return None
        wanted = reference[1:]
        for one in self.contained:
            if one.id is not None and one.id.removeprefix("#") == wanted:
                return one
        return None


def _concepts(
    value: CodeableConcept | tuple[CodeableConcept | str, ...] | str | None,
) -> tuple[CodeableConcept, ...]:
    if isinstance(value, CodeableConcept):
        return (value,)
    if isinstance(value, tuple):
        return tuple(one for one in value if isinstance(one, CodeableConcept))
    return ()
