"""A site's folder read: up to four files, every fault of all of them told at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from knowledge.language.files import Document, Fault, KnowledgeError, parse, read
from knowledge.site.shapes import (
    CODES,
    ORDERS,
    SIGN_OFFS,
    SITE,
    CodesShape,
    OrdersShape,
    SignOffsShape,
    SiteShape,
)

_FILES = (SITE, CODES, ORDERS, SIGN_OFFS)
_READ = (".yaml", ".yml", ".json")
_DATE = re.compile(r"\b\d{4}-\d\d?-\d\d?\b")

Read = TypeVar("Read", bound=BaseModel)


class SiteError(KnowledgeError):
    """A site's folder cannot be used. `faults` says where and why, each on its line."""


@dataclass(slots=True)
class Folder:
    """The files of a site's folder in their shapes; what could not be read is None."""

    path: Path
    site: SiteShape | None = None
    codes: CodesShape = field(default_factory=lambda: CodesShape(codes=()))
    orders: OrdersShape = field(default_factory=lambda: OrdersShape(orders={}))
    sign_offs: SignOffsShape = field(default_factory=lambda: SignOffsShape(sign_offs=()))
    documents: dict[str, Document] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, file: str, place: tuple[object, ...], what: str) -> None:
        """Keep a fault at a place of a file."""
        self.faults.append(self._here(file, self.documents[file].fault(place, what)))

    def _here(self, file: str, fault: Fault) -> Fault:
        return Fault(str(self.path / file), fault.line, fault.where, fault.what)

    def read(self, file: str, shape: type[Read]) -> Read | None:
        """One file in its shape; None, with its faults kept, where it has some."""
        path = self.path / file
        try:
            self.documents[file] = read(path)
            return parse(self.documents[file], shape)
        except KnowledgeError as error:
            self.faults += [self._here(file, fault) for fault in error.faults]
        except ValueError:
            lines = list(_days_that_are_not(path)) or [1]
            what = "has a date that does not exist"
            self.faults += [Fault(str(path), line, "", what) for line in lines]
        return None


def read_folder(path: Path) -> Folder:
    """All files of a site's folder; `site.yaml` has to be there."""
    folder = Folder(path)
    folder.site = folder.read(SITE, SiteShape)
    if (path / CODES).exists():
        folder.codes = folder.read(CODES, CodesShape) or folder.codes
    if (path / ORDERS).exists():
        folder.orders = folder.read(ORDERS, OrdersShape) or folder.orders
    if (path / SIGN_OFFS).exists():
        folder.sign_offs = folder.read(SIGN_OFFS, SignOffsShape) or folder.sign_offs
    folder.faults += _strangers(path)
    return folder


def _strangers(path: Path) -> Iterator[Fault]:
    """A file with another name would be taken for one that works."""
    for one in sorted(path.glob("*")):
        if one.suffix in _READ and one.name not in _FILES:
            yield Fault(str(one), 1, "", f"is not read: a site has {', '.join(_FILES)}")


def _days_that_are_not(path: Path) -> Iterator[int]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for day in _DATE.findall(line):
            try:
                date.fromisoformat(day)
            except ValueError:
                yield number
