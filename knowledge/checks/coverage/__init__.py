"""Whether the examples notice a change of the knowledge: a mutation check without other tools."""

from __future__ import annotations

from knowledge.checks.coverage.report import Report
from knowledge.checks.coverage.run import cover

__all__ = ["Report", "cover"]
