"""`backflag report`: the same figures in a terminal and in files."""

from __future__ import annotations

import csv
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from service.insights.sheet import Sheet
from service.insights.text import write_text
from service.store.store import open_store
from tests.service.insights.history import History
from tests.service.insights.making import NAMES, calls, card, made
from tests.service.test_cli import backflag

DAYS = ("--from", "2026-08-31", "--to", "2026-11-27")


@pytest.fixture(scope="module")
def database(history: History, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('report') / 'store.db'}"
    with closing(open_store(url)) as store:
        store.upgrade()
        history.write(store)
    return url


def report(database: str, *args: str) -> str:
    done = backflag("report", *DAYS, *args, BACKFLAG_DATABASE_URL=database)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    return done.stdout.decode()


def test_it_prints_the_answers_and_masks_small_counts(database: str) -> None:
    said = report(database)
    assert "How often does it speak?" in said
    assert "2026-W48" in said
    assert "Counts of 1 to 4 are shown as <5" in said
    assert "Suspected cauda equina syndrome" in said


def test_csv_is_one_table_with_every_week(database: str) -> None:
    rows = list(csv.DictReader(StringIO(report(database, "--format", "csv"))))
    whole = report(database, "--format", "csv", "--unmasked")
    assert "<5" not in whole
    assert {row["week"] for row in rows} >= {"all", "2026-W36", "2026-W48"}
    cards = [row for row in rows if row["measure"] == "calls" and row["week"] == "all"]
    assert [row["value"] for row in cards] == ["6000"]
    assert any("<5" in row["value"] for row in rows if row["measure"] == "note")
    assert [row["value"] for row in rows].count("<5") > 10


def test_it_writes_a_page_to_a_file_with_nothing_to_ask_on_it(
    database: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    given = ("--client", "clinics", "--tenant", "north", "--format", "html", "--out", str(file))
    assert report(database, *given) == ""
    text = file.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "Counts of 1 to 4 are shown as &lt;5" in text
    assert "client “clinics”, tenant “north”" in text
    assert "<form" not in text


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--from", "soon"), b"--from is not a date"),
        (("--from", "2026-11-02", "--to", "2026-11-01"), b"from lies after to"),
        (("--format", "pdf"), b"--format"),
        (("--out", "/no/such/folder/x"), b"--out"),
    ],
)
def test_bad_usage_is_one_line_and_status_2(
    database: str, args: tuple[str, ...], says: bytes
) -> None:
    done = backflag("report", *args, BACKFLAG_DATABASE_URL=database)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_database_that_is_not_there_is_no_empty_report(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'no-such-folder' / 'store.db'}"
    done = backflag("report", BACKFLAG_DATABASE_URL=url)
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"cannot be reached" in done.stderr


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    figures = made(
        calls=[calls(9000), calls(300, 412, why="precondition-failed")],
        cards=[card(40, "accepted"), card(30, "overridden", "patient-refuses", emergency=1)],
    )
    out = StringIO()
    console = Console(file=out, width=width, highlight=False)
    write_text(console, Sheet(figures, masks=False), NAMES)
    lines = out.getvalue().splitlines()
    assert max(map(cell_len, lines)) <= width
    assert "9,300" in out.getvalue()


def test_an_empty_period_says_so() -> None:
    out = StringIO()
    write_text(Console(file=out, width=80), Sheet(made(), masks=False), NAMES)
    assert "Nothing is recorded of these days." in out.getvalue()
