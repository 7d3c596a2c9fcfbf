"""What is counted for the operator: never with a patient, a token or a client's own words."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
)
from prometheus_client import generate_latest as _generate
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CALLS = Counter("backflag_calls", "Calls by what was asked and how it ended.", ["answer", "status"])
DURATION = Histogram("backflag_call_duration_seconds", "From the first byte to the answer.")
REFUSED = Counter("backflag_refused", "Calls refused, by the class of the reason.", ["why"])
CRITERION_FAILURES = Counter(
    "backflag_criterion_failures", "Criteria whose evaluation broke.", ["criterion"]
)
CARDS = Counter(
    "backflag_cards",
    "Cards, by the criterion that leads them, and whether they were shown or kept back.",
    ["criterion", "urgency", "shown"],
)
UNKNOWNS = Counter(
    "backflag_unknowns", "Calls in which the chart did not tell, by criterion.", ["criterion"]
)
LISTS = Counter(
    "backflag_prefetch", "Lists that calls need, by where they came from.", ["key", "source"]
)
FHIR_LOOKUPS = Counter(
    "backflag_fhir_lookups", "Lists asked for at an EHR's FHIR server.", ["key", "result"]
)
KEY_SETS = Counter("backflag_key_set_lookups", "Look-ups of clients' key sets.", ["result"])
STORE_FAILURES = Counter(
    "backflag_store_failures", "What the database could not be asked.", ["what"]
)
RELOADS = Counter("backflag_reloads", "How often files were loaded anew.", ["result"])
RECORDS = Counter("backflag_records", "Records of calls, by what became of them.", ["result"])
FEEDBACK = Counter(
    "backflag_feedback", "What was told of cards, by outcome; each thing once.", ["outcome"]
)

RARE = (
    (RECORDS, ("written", "dropped", "torn", "refused")),
    (RELOADS, ("done", "failed")),
    (KEY_SETS, ("fetched", "failed", "limited")),
    (STORE_FAILURES, ("nonce", "feedback", "recall", "records", "insights")),
)
"""What may stay away for months; Prometheus sees a first time only where there was a 0 before."""


def begin(criteria: Iterable[str]) -> None:
    """Show what has not happened yet as 0; `criteria` are the ids of all that can break."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # twice the figures, for no one
    for counter, values in RARE:
        for value in values:
            counter.labels(value)
    for criterion in criteria:
        CRITERION_FAILURES.labels(criterion)


class KnowledgeInUse(Collector):
    """What judges here: the knowledge's version, the digest of the site's folder, the mode."""

    def __init__(self, version: str, site: str | None, mode: str) -> None:
        self._values = (version, site or "none", mode)

    def collect(self) -> Iterable[Metric]:
        """For Prometheus: always 1."""
        family = GaugeMetricFamily(
            "backflag_knowledge_info", "What judges here.", labels=("version", "site", "mode")
        )
        family.add_metric(self._values, 1)
        yield family


def exposition(directory: str | None = None, also: Iterable[Collector] = ()) -> tuple[bytes, str]:
    """All figures in Prometheus' text form, and its content type.

    `directory`: where several processes keep theirs, which are then added up. `also`: what is
    found out when it is asked, and is the same whichever process is asked.
    """
    own = CollectorRegistry()
    for one in also:
        own.register(one)
    if directory is None:
        return _generate() + _generate(own), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=directory)  # type: ignore[no-untyped-call]
    return _generate(registry) + _generate(own), CONTENT_TYPE_LATEST
