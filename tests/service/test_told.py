"""The page for who connects an EHR tells each reason of a 412."""

from __future__ import annotations

import re

from service.ehr.gaps import REASONS
from tests.conftest import ROOT


def rows(page: str) -> dict[str, str]:
    """The first cell of each row of a page's tables, where it is in `backticks`, and its second."""
    text = (ROOT / "docs" / page).read_text()
    return dict(re.findall(r"^\| `([^`]+)` \| ([^|]*?) \|", text, re.MULTILINE))


def test_each_reason_of_a_412_is_told() -> None:
    assert REASONS.keys() <= rows("connecting.md").keys()
