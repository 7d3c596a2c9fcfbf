"""The page of settings is what the code says."""

from __future__ import annotations

from service.settings import Settings
from tests.docs.settings import OF_THE_COMMAND, PAGE, meanings, page, table


def test_every_setting_is_told_with_its_default_and_what_it_takes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.docs.settings"


def test_every_setting_says_what_it_sets() -> None:
    assert meanings().keys() == Settings.model_fields.keys() - OF_THE_COMMAND
    for name, told in meanings().items():
        assert told.endswith("."), name


def test_the_table_tells_kinds_and_bounds() -> None:
    lines = {line.split("`")[1]: line for line in table().splitlines()[2:]}
    assert "| `730` | a whole number above 0, to 36500 |" in lines["BACKFLAG_RETENTION_DAYS"]
    assert "| `live` | `live`, `silent` |" in lines["BACKFLAG_MODE"]
    assert "| none | a file that is there |" in lines["BACKFLAG_CLIENTS_FILE"]
    assert "| by the address | `required`, `off` |" in lines["BACKFLAG_AUTH"]
