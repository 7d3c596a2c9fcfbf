"""Whether an example of a finding, a resource as an EHR writes it, notices a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from knowledge.chart.decode import Decoded
from knowledge.checks.examples import decoded_of, read_chart, read_expected, read_got
from knowledge.language.schema import Finding, FindingExample, Parameter
from knowledge.library import Library
from knowledge.reading.reader import ChartReader
from knowledge.reading.relevance import Relevance
from knowledge.reading.ways import ways_of


@dataclass(slots=True)
class Reading:
    """Tries changes on the examples of findings."""

    library: Library
    _charts: dict[str, list[tuple[FindingExample, Decoded]]] = field(default_factory=dict)

    def notices(self, finding: Finding) -> bool:
        """Whether one of the finding's examples gives another answer."""
        findings = {**self.library.findings, finding.id: finding}
        return self._differs(self._reader(findings), finding)

    def notices_number(self, name: str, parameter: Parameter) -> bool:
        """The same for a number by which all charts are read."""
        own = self.library.reader
        reader = replace(own, numbers={**own.numbers, name: parameter})
        likely = sorted(self.library.findings.values(), key=_of_several)
        return any(self._differs(reader, finding) for finding in likely)

    def notices_step(self, finding: Finding, parameter: Parameter) -> bool:
        """The same for how much worse a measured value has to be."""
        own = self.library.reader
        reader = replace(own, steps={**own.steps, finding.id: parameter})
        return self._differs(reader, finding)

    def _reader(self, findings: Mapping[str, Finding]) -> ChartReader:
        own, ways = self.library.reader, ways_of(findings)
        return replace(own, findings=findings, ways=ways, relevance=Relevance(own.concepts, ways))

    def _differs(self, reader: ChartReader, finding: Finding) -> bool:
        return any(
            not _holds(reader, finding, example, chart)
            for example, chart in self._examples(finding.id)
        )

    def _examples(self, name: str) -> list[tuple[FindingExample, Decoded]]:
        """A finding's examples that hold, decoded: one that does not would notice everything."""
        found = self._charts.get(name)
        if found is None:
            finding, reader = self.library.findings[name], self.library.reader
            charts = [(example, decoded_of(example.resource)) for example in finding.examples]
            found = [one for one in charts if _holds(reader, finding, *one)]
            self._charts[name] = found
        return found


def _holds(reader: ChartReader, finding: Finding, example: FindingExample, chart: Decoded) -> bool:
    return read_got(finding, example, read_chart(reader, chart)) == read_expected(example)


def _of_several(finding: Finding) -> bool:
    """Findings with an example of several resources first: they show what time does."""
    return not any(one.resource["resourceType"] == "Bundle" for one in finding.examples)
