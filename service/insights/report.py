"""`backflag report`: the figures in a terminal, or as a file for the board."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from io import StringIO
from pathlib import Path

from rich.console import Console

from knowledge.library import load_library
from service.insights.gathering import gather
from service.insights.naming import Names
from service.insights.page import InsightPages
from service.insights.period import asked
from service.insights.sheet import Sheet
from service.insights.tables import as_csv
from service.insights.text import write_text
from service.settings import Settings
from service.store.store import open_store
from service.terminal import WIDTH


def write_report(
    settings: Settings, given: Mapping[str, str | None], form: str, out: Path | None, masks: bool
) -> str | None:
    """Read the figures and write them to `out`; without a file, give or print them.

    `given` is read as the page reads its query; `form` is text, html or csv. Small counts are
    hidden where `masks` is True.

    Returns:
        What is left to print; None where it is written or printed.

    Raises:
        BadPeriod: the days make no sense.
        BadUrl: the database's address cannot be used.
        OldSchema: the database is another version's.
        StoreDown: it does not answer.
        OSError: the file cannot be written.
    """
    now = datetime.now(settings.zone)
    period = asked(given, now.date())
    library = load_library(site=settings.site_dir, today=settings.today)
    names = Names.of(library)
    with closing(open_store(settings.database_url)) as store:
        store.ensure_current()
        figures = gather(store, period, now, settings.zone, names.reasons)
    sheet = Sheet(figures, masks)
    if form == "text" and out is None:
        write_text(Console(highlight=False), sheet, names)
        return None
    text = _written(sheet, names, form, library.version)
    if out is None:
        return text
    out.write_text(text, encoding="utf-8", newline="")
    return None


def _written(sheet: Sheet, names: Names, form: str, version: str) -> str:
    if form == "csv":
        return as_csv(sheet)
    if form == "html":
        return InsightPages(version, names).page(sheet, asks=False)
    file = StringIO()
    write_text(Console(file=file, width=WIDTH, highlight=False), sheet, names)
    return file.getvalue()
