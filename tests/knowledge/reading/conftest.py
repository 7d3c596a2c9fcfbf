from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from knowledge.chart.decode import read_body
from knowledge.codelists import load_valuesets
from knowledge.language.facts import Facts
from knowledge.language.files import parse, read
from knowledge.language.schema import ChartNumbers, Finding
from knowledge.library import FOLDER, resolve, tables
from knowledge.reading.reader import Chart, ChartReader
from knowledge.text import load_cues
from tests.knowledge.reading.charts import NOW, ZONE, Read


@pytest.fixture(scope="session")
def reader() -> ChartReader:
    """The reader over the findings and value sets that come with the software."""
    paths = sorted((FOLDER / "findings").glob("*.yaml"))
    findings = {path.stem: parse(read(path), Finding) for path in paths}
    chart = parse(read(FOLDER / "chart.yaml"), ChartNumbers)
    numbers = tables({}, findings, chart.parameters)
    steps = {
        one.id: resolve(numbers, one.id, one.measure.worse.by)
        for one in findings.values()
        if one.measure and one.measure.worse
    }
    cues = load_cues(FOLDER / "text" / "cues.yaml")
    valuesets = load_valuesets(FOLDER / "valuesets")
    return ChartReader.of(findings, chart.parameters, steps, valuesets, cues)


@pytest.fixture(scope="session", name="read")
def read_chart(reader: ChartReader) -> Read:
    """Reads resources as one chart of the patient p1."""

    def read_resources(
        *resources: dict[str, Any], at: datetime = NOW, patient: str | None = "p1"
    ) -> Facts:
        entries = [{"resource": one} for one in resources]
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
        decoded = read_body(msgspec.json.encode(bundle))
        return reader.read(Chart(decoded, patient, None, frozenset()), at, ZONE)

    return read_resources
