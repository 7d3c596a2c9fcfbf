"""The command `backflag`: what people type. Everything heavy is imported when it is needed."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from service.failures import FAILED, NAME, USAGE, told

HIGHEST_PORT = 2**16 - 1

app = typer.Typer(
    name="backflag",
    help="Red flags for back numbness: from a FHIR chart to CDS Hooks cards.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
knowledge_app = typer.Typer(help="Check and try out the knowledge.")
app.add_typer(knowledge_app, name="knowledge")
clients_app = typer.Typer(help="Check which CDS clients are trusted.")
app.add_typer(clients_app, name="clients")
database_app = typer.Typer(help="Look after the database.")
app.add_typer(database_app, name="db")
records_app = typer.Typer(help="Look after the records of calls and cards.")
app.add_typer(records_app, name="records")


class Paper(StrEnum):
    """For a terminal, a board or a spreadsheet."""

    TEXT = "text"
    HTML = "html"
    CSV = "csv"


class Format(StrEnum):
    """For people or for programs."""

    TEXT = "text"
    JSON = "json"


Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE",
        help="A FHIR Bundle, a resource or a CDS Hooks request, as JSON; - is standard input.",
        show_default=False,
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="DATETIME",
        help="Judge as of then: 2026-10-31T09:00:00Z, or a date for its end.  [default: now]",
        show_default=False,
    ),
]
Patient = Annotated[
    str | None,
    typer.Option(
        "--patient", metavar="ID", help="Who is meant, where FILE holds several patients."
    ),
]
Hook = Annotated[
    str | None,
    typer.Option(
        "--hook", metavar="HOOK", show_default=False,
        help="The hook to answer.  [default: the request's own, else patient-view]",
    ),
]  # fmt: skip
Formats = Annotated[Format, typer.Option("--format", help="For people or for programs.")]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to bind to.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="The port; 0 takes a free one.", min=0, max=HIGHEST_PORT)
    ] = 8000,
    workers: Annotated[
        int | None,
        typer.Option(help="Processes.  [default: BACKFLAG_WORKERS, else 1]", min=1),
    ] = None,
) -> None:
    """Run the service."""
    gc.disable()  # nearly all that a start makes stays; what is ready to serve enables it again
    from service.serving import run
    from service.settings import ensure_safe, read_settings

    chosen = {} if workers is None else {"workers": workers}
    settings = read_settings(host=host, port=port, **chosen)
    ensure_safe(settings)
    run(settings)


@app.command()
def check(
    files: Files,
    at: At = None,
    patient: Patient = None,
    hook: Hook = None,
    format_: Formats = Format.TEXT,
) -> None:
    """Evaluate a patient's FILE and print the cards."""
    _answer(files, at, patient, hook, "check", format_)


@app.command()
def explain(
    files: Files,
    at: At = None,
    patient: Patient = None,
    hook: Hook = None,
    format_: Formats = Format.TEXT,
) -> None:
    """Say why each criterion is met, not met or unknown."""
    _answer(files, at, patient, hook, "explain", format_)


@app.command()
def report(
    since: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="DATE", show_default=False,
            help="The first day.  [default: the Monday 12 weeks before the last one]",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="DATE", help="The last day.  [default: today]", show_default=False
        ),
    ] = None,
    client: Annotated[str | None, typer.Option(help="One client's calls.")] = None,
    tenant: Annotated[str | None, typer.Option(help="One tenant's calls.")] = None,
    form: Annotated[Paper, typer.Option("--format", help="How to write it.")] = Paper.TEXT,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it there.", dir_okay=False)
    ] = None,
    unmasked: Annotated[
        bool,
        typer.Option("--unmasked", help="Show counts of 1 to 4, which are hidden otherwise."),
    ] = False,
) -> None:  # fmt: skip
    """Say how the cards were received: how often they speak, and what became of them."""
    from service.insights.period import BadPeriod
    from service.insights.report import write_report
    from service.settings import BadSettings, read_settings
    from service.store.store import BadUrl, OldSchema, StoreDown

    given = {"from": since, "to": until, "client": client, "tenant": tenant}
    try:
        left = write_report(read_settings(), given, form.value, out, not unmasked)
    except BadPeriod as error:
        _stop(f"--{error}", USAGE)
    except BadSettings as error:
        _stop(str(error), USAGE)
    except BadUrl as error:
        _stop(f"BACKFLAG_DATABASE_URL: {error}", USAGE)
    except OldSchema as error:
        _stop(str(error), FAILED)
    except StoreDown:
        _stop("BACKFLAG_DATABASE_URL: the database cannot be reached or refuses", FAILED)
    except OSError:
        _stop("--out: the file cannot be written", USAGE)
    if left is not None:
        sys.stdout.write(left)


@knowledge_app.command()
def lint(
    site: Annotated[
        Path | None,
        typer.Option(
            "--site", metavar="DIR", help="A site's own folder.  [default: BACKFLAG_SITE_DIR]",
            exists=True, file_okay=False, show_default=False,
        ),
    ] = None,
    unreleased_ok: Annotated[
        bool,
        typer.Option("--unreleased-ok", help="Do not mind changes since the last release."),
    ] = False,
) -> None:  # fmt: skip
    """Check the knowledge files, and a site's folder against them."""
    from service.settings import BadSettings, read_settings
    from service.upkeep import lint_lines, site_lines

    try:
        settings = read_settings()
    except BadSettings as error:
        _stop(str(error), USAGE)
    site = site or settings.site_dir
    told = lint_lines(settings.today, released=not unreleased_ok)
    lines = [*told, *(site_lines(site, settings.today) if site else ())]
    _report(lines, f"knowledge{' and site' if site else ''}: no fault")


@knowledge_app.command()
def text() -> None:
    """Read the table of sentences, and say how many are read right."""
    from service.upkeep import text_lines

    _tell(*text_lines())


@knowledge_app.command("test")
def examples(
    only: Annotated[
        str | None,
        typer.Option(
            "--only", metavar="ID", help="One criterion or finding, or cautions.  [default: all]",
            show_default=False,
        ),
    ] = None,
) -> None:  # fmt: skip
    """Try the knowledge out on its own examples."""
    from service.upkeep import test_lines

    try:
        lines, count = test_lines(only, _columns())
    except LookupError as error:
        _stop(f"--only: {error.args[0]}", USAGE)
    _tell([*lines, f"knowledge: {count}"], not lines)


@knowledge_app.command()
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A folder or a git revision.")],
    new: Annotated[
        str | None, typer.Argument(metavar="NEW", help="Likewise.  [default: the working tree]")
    ] = None,
    at: At = None,
    format_: Formats = Format.TEXT,
) -> None:
    """Say what changes for whom between two versions of the knowledge."""
    from service.answers import BadUsage, moment
    from service.comparing.revisions import NoVersion
    from service.settings import BadSettings, read_settings
    from service.upkeep import diff_lines

    try:
        now = moment(at, read_settings().zone)
        lines = diff_lines((old, new), now, format_ == Format.JSON, _columns())
    except (BadUsage, BadSettings, NoVersion) as error:
        _stop(str(error), USAGE)
    for line in lines:
        typer.echo(line)


@knowledge_app.command()
def release() -> None:
    """Release the knowledge: refused until VERSION and CHANGELOG.md tell every change."""
    from service.settings import BadSettings, read_settings
    from service.upkeep import release_lines

    try:
        lines, released = release_lines(read_settings().today)
    except BadSettings as error:
        _stop(str(error), USAGE)
    _tell(lines, released)


@knowledge_app.command()
def coverage(
    only: Annotated[
        str | None,
        typer.Option(
            "--only", metavar="ID", help="A criterion, finding or shared file.  [default: all]",
            show_default=False,
        ),
    ] = None,
) -> None:  # fmt: skip
    """Change everything once and name the changes that no example notices."""
    from service.upkeep import coverage_lines

    try:
        lines, fine = coverage_lines(only)
    except LookupError as error:
        _stop(f"--only: {error.args[0]}", USAGE)
    _tell(lines, fine)


@clients_app.command("check")
def check_clients_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The clients file.", show_default=False)
    ],
) -> None:
    """Say what is wrong with a clients FILE, and try its key sets."""
    from service.settings import BadSettings, read_settings
    from service.trust.checking import check_clients
    from service.trust.clients import BadClients

    try:
        settings = read_settings()
        found = check_clients(file, settings.public_url, settings.base_url is not None)
    except (BadSettings, BadClients) as error:
        _stop(str(error), USAGE)
    _tell(*found)


@database_app.callback()
def _database() -> None:
    """A single command would otherwise be taken for the group."""


@database_app.command()
def upgrade() -> None:
    """Bring the database of BACKFLAG_DATABASE_URL to this version's schema."""
    from service.settings import BadSettings, read_settings
    from service.store.store import BadUrl, OldSchema, StoreDown, open_store

    try:
        with closing(open_store(read_settings().database_url)) as store:
            before, now = store.upgrade()
    except BadSettings as error:
        _stop(str(error), USAGE)
    except BadUrl as error:
        _stop(f"BACKFLAG_DATABASE_URL: {error}", USAGE)
    except OldSchema as error:
        _stop(str(error), FAILED)
    except StoreDown:
        _stop("BACKFLAG_DATABASE_URL: the database cannot be reached or refuses", FAILED)
    typer.echo(f"database: schema {before or 'none'} -> {now}")


@records_app.command()
def purge(
    before: Annotated[
        str | None,
        typer.Option(
            "--before", metavar="DATE", show_default=False,
            help="The first day that is kept.  [default: by BACKFLAG_RETENTION_DAYS]",
        ),
    ] = None,
) -> None:  # fmt: skip
    """Remove old records and feedback."""
    from service.records import upkeep
    from service.settings import BadSettings, read_settings
    from service.store.store import OldSchema, StoreDown

    try:
        settings = read_settings()
        first = upkeep.first_day(before, settings)
        gone = upkeep.purge(settings, first)
    except BadSettings as error:
        _stop(str(error), USAGE)
    except OldSchema as error:
        _stop(str(error), FAILED)
    except StoreDown:
        _stop("BACKFLAG_DATABASE_URL: the database cannot be reached or refuses", FAILED)
    typer.echo(f"records: {gone} rows from before {first.isoformat()} are gone")


@records_app.command("rotate-key")
def rotate_key() -> None:
    """Put a new key of the patients' hashes before the others."""
    from service.records import upkeep
    from service.settings import BadSettings, read_settings

    try:
        keys = upkeep.rotate(read_settings())
    except BadSettings as error:
        _stop(str(error), USAGE)
    others = len(keys.keys) - 1
    typer.echo(f"patient keys: {keys.newest.id} is new, {others} more; now restart the service")


def main() -> None:
    """The entry point: any failure is one line on standard error, never a trace."""
    try:
        status = app(args=sys.argv[1:] or ["--help"], standalone_mode=False)
    except TyperException as error:
        _stop(f"{error.format_message()} (see backflag --help)", error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(FAILED) from None
    except Exception as error:  # noqa: BLE001 - a trace could quote a chart
        _stop(*told(error))
    raise SystemExit(status)


def _answer(
    files: list[str], at: str | None, patient: str | None, hook: str | None, kind: str, form: Format
) -> None:
    gc.disable()
    from service.answers import Ask, BadUsage, answer_files, ensure_known, moment
    from service.judging import load_engine
    from service.settings import BadSettings, read_settings

    try:
        settings = read_settings()
        ensure_known(hook)
        now = moment(at, settings.zone)
    except (BadUsage, BadSettings) as error:
        _stop(str(error), USAGE)
    engine = load_engine(
        settings.public_url, settings.site_dir, settings.today, settings.knowledge_dir
    )
    gc.freeze()
    gc.enable()
    ask = Ask(engine, now, patient, hook)
    readable = answer_files(files, ask, kind, form == Format.JSON)
    if not readable:
        raise typer.Exit(USAGE)


def _columns() -> int:
    """The width of the terminal; of a file that of a page."""
    from service.terminal import WIDTH

    return shutil.get_terminal_size((WIDTH, 0)).columns


def _report(lines: list[str], fine: str) -> None:
    _tell(lines or [fine], not lines)


def _tell(lines: list[str], fine: bool) -> None:
    """Print the lines; where not all is well the exit status says so."""
    for line in lines:
        typer.echo(line)
    if not fine:
        raise typer.Exit(FAILED)


def _stop(line: str, status: int) -> NoReturn:
    typer.echo(f"{NAME}: {line}", err=True)
    raise SystemExit(status)
