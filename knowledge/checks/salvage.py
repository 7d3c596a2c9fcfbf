"""References of the files that can be read, where others cannot: a fault hides no other."""

from __future__ import annotations

from pathlib import Path

from knowledge.card_files import load_orders, load_words
from knowledge.cautions import CautionsFile
from knowledge.checks.references import Files, check_references
from knowledge.checks.shelf import Shelf
from knowledge.language.files import Fault, KnowledgeError, parse
from knowledge.language.schema import ChartNumbers
from knowledge.order_checks import NAME as ORDER_CHECKS
from knowledge.order_checks import OrderChecksFile
from knowledge.work_up_file import WorkUpFile

_IDLE = "is used nowhere"


def reference_faults(shelf: Shelf, folder: Path) -> list[Fault]:
    """Names that lead nowhere, but for those of files that are there and cannot be read."""
    try:
        faults = check_references(_files(shelf, folder))
    except (KnowledgeError, LookupError):
        return []
    return [fault for fault in faults if not _excused(fault, shelf.broken)]


def _files(shelf: Shelf, folder: Path) -> Files:
    """The files as they are checked. Raises KnowledgeError, LookupError where one is missing."""
    roots = shelf.roots
    return Files(
        documents={**shelf.documents, **roots},
        criteria=shelf.criteria,
        findings=shelf.findings,
        sources=shelf.sources,
        valuesets=set(shelf.lists),
        orders=load_orders(folder),
        chart=parse(roots["chart"], ChartNumbers),
        work_up=parse(roots["work-up"], WorkUpFile),
        cautions=parse(roots["cautions"], CautionsFile),
        order_checks=parse(roots[ORDER_CHECKS], OrderChecksFile),
        numbers={key: value for key, value in shelf.tables().items() if key in _tables(shelf)},
        lasting=load_words(folder).lasting,
    )


def _tables(shelf: Shelf) -> set[str]:
    return {*shelf.criteria, *shelf.findings, "chart", "work-up", "cautions", ORDER_CHECKS}


def _excused(fault: Fault, broken: frozenset[str]) -> bool:
    """Whether it may be there because another file cannot be read."""
    last = fault.what.replace(".", " ").split()
    return fault.what == _IDLE or not broken.isdisjoint(last)
