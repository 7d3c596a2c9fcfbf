"""The documents tell what the code has: each reason of a 412, each setting with its default."""

from __future__ import annotations

import re

from service.ehr.gaps import REASONS
from service.settings import Settings
from tests.conftest import ROOT


def rows(page: str) -> dict[str, str]:
    """The first cell of each row of a page's tables, where it is in `backticks`, and its second."""
    text = (ROOT / "docs" / page).read_text()
    return dict(re.findall(r"^\| `([^`]+)` \| ([^|]*?) \|", text, re.MULTILINE))


def test_each_reason_of_a_412_is_told() -> None:
    assert REASONS.keys() <= rows("connecting.md").keys()


def test_each_setting_is_told_with_its_default() -> None:
    told = {name: cell for name, cell in rows("settings.md").items() if name.isupper()}
    fields = {f"BACKFLAG_{name.upper()}": field for name, field in Settings.model_fields.items()}
    del fields["BACKFLAG_HOST"], fields["BACKFLAG_PORT"]
    assert told.keys() == fields.keys()
    for name, field in fields.items():
        if told[name].startswith("`"):
            default = str(field.default)
            assert told[name].strip("`") == (default.lower() if field.default is False else default)
