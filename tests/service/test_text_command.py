"""`backflag knowledge text`: the figures, and the status that tells whether they are enough."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from service import upkeep
from service.cli import app
from service.failures import FAILED


def test_the_figures_of_the_shipped_table_are_told() -> None:
    told = CliRunner().invoke(app, ["knowledge", "text"])
    assert told.exit_code == 0, told.output
    assert "\nsentences: " in told.output
    assert "\n  negation: " in told.output
    assert "\nbatch held-out: " in told.output
    assert "\n0 of " in told.output


def test_too_few_read_right_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "text_lines", lambda: (["sentences: 1 of 2"], False))
    told = CliRunner().invoke(app, ["knowledge", "text"])
    assert (told.exit_code, told.output) == (FAILED, "sentences: 1 of 2\n")
