"""Why a resource, or one thing that it says, is left out: the whole list, as the account uses it.

`ENTERED_IN_ERROR` and its neighbours follow G2 and G3 of the clinical criteria, the reasons about
numbers G7, the future G6.
"""

from __future__ import annotations

from typing import Final

OTHER_PATIENT: Final = "other-patient"
FAMILY_HISTORY: Final = "family-history"
ENTERED_IN_ERROR: Final = "entered-in-error"
REFUTED: Final = "refuted"
REGISTERED: Final = "registered"
CANCELLED: Final = "cancelled"
STATUS_UNKNOWN: Final = "status-unknown"
NOT_DONE: Final = "not-done"
NOT_ORDERED: Final = "not-ordered"
NOT_TAKEN: Final = "not-taken"
INACTIVE: Final = "inactive"
FUTURE_DATED: Final = "future-dated"
NO_UNIT: Final = "no-unit"
UNKNOWN_UNIT: Final = "unknown-unit"
UNKNOWN_COMPARATOR: Final = "unknown-comparator"
IMPLAUSIBLE: Final = "implausible"
UNREADABLE: Final = "unreadable"
PARTLY_UNREADABLE: Final = "partly-unreadable"

REASONS: Final = {
    OTHER_PATIENT: "about somebody else",
    FAMILY_HISTORY: "about the family",
    ENTERED_IN_ERROR: "entered in error",
    REFUTED: "a diagnosis that was refuted: it counts as a no",
    REGISTERED: "an examination or a scan that has no result yet",
    CANCELLED: "cancelled, or an encounter that is only planned",
    STATUS_UNKNOWN: "its own status is unknown",
    NOT_DONE: "a procedure that was not done, was stopped or waits",
    NOT_ORDERED: "a draft, a proposal, revoked, or an order not to do it",
    NOT_TAKEN: "a medication that is not taken: a draft, a proposal, cancelled",
    INACTIVE: "a device that is not in use",
    FUTURE_DATED: "later than the moment of judgement by more than a clock can be wrong",
    NO_UNIT: "a measured value without a unit",
    UNKNOWN_UNIT: "a unit that is not known, or of another kind than the measurement",
    UNKNOWN_COMPARATOR: "a comparator that is not one of FHIR's",
    IMPLAUSIBLE: "a value that no living body has",
    UNREADABLE: "no valid FHIR, and what it says cannot be known",
    PARTLY_UNREADABLE: "read, but for fields whose loss turns no answer round",
}
"""Each reason and what it means. All but `refuted` and the last leave it, or its value, out."""
