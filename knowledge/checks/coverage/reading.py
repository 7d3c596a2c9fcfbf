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
    _decoded: dict[tuple[str, int], Decoded] = field(default_factory=dict)

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
        for number, example in enumerate(finding.examples):
            facts = read_chart(reader, self._chart(finding, number, example))
            if read_got(finding, example, facts) != read_expected(example):
                return True
        return False

    def _chart(self, finding: Finding, number: int, example: FindingExample) -> Decoded:
        key = (finding.id, number)
        if key not in self._decoded:
            self._decoded[key] = decoded_of(example.resource)
        return self._decoded[key]


def _of_several(finding: Finding) -> bool:
    """Findings with an example of several resources first: they show what time does."""
    return not any(one.resource["resourceType"] == "Bundle" for one in finding.examples)
