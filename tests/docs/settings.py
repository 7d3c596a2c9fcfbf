"""The table of docs/settings.md, from the code: `python -m tests.docs.settings` writes it there."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le
from pydantic import AnyHttpUrl
from pydantic.fields import FieldInfo
from pydantic.types import PathType

from service import settings
from service.settings import PREFIX, Settings
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "settings.md"
TABLE = re.compile(r"^\| variable .*\n(?:\|.*\n)+", re.MULTILINE)
OWN_DEFAULT = re.compile(r"\s*Default: (.*)\.$", re.DOTALL)
OF_THE_COMMAND = {"host", "port"}
PLAIN = {int: "a whole number", float: "a number", str: "text", Path: "a path"}
WORDS = {
    AnyHttpUrl: "an http or https address",
    bool: "`true`, `false`",
    tuple: "a list with commas",
}


def table() -> str:
    """The whole table as Markdown."""
    told = meanings()
    lines = ["| variable | default | takes | what it sets |", "| --- | --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        if name not in OF_THE_COMMAND:
            lines.append(_line(name, field, told[name]))
    return "\n".join(lines) + "\n"


def meanings() -> dict[str, str]:
    """What stands below each field of the settings, on one line."""
    tree = ast.parse(Path(settings.__file__).read_text(encoding="utf-8"))
    classes = (one for one in tree.body if isinstance(one, ast.ClassDef))
    (body,) = (one.body for one in classes if one.name == Settings.__name__)
    found = {}
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
            found[ast.unparse(field.target)] = " ".join(str(ast.literal_eval(below.value)).split())
    return found


def page() -> str:
    """The page with its table made anew."""
    kept = PAGE.read_text(encoding="utf-8")
    made, number = TABLE.subn(lambda _: table(), kept)
    assert number == 1
    return made


def _line(name: str, field: FieldInfo, told: str) -> str:
    own = OWN_DEFAULT.search(told)
    default = own[1] if own else _default(field.default)
    what = OWN_DEFAULT.sub("", told).rstrip(".")
    return f"| `{PREFIX}{name.upper()}` | {default} | {_takes(field)} | {what} |"


def _default(value: Any) -> str:
    if value in (None, ""):
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _takes(field: FieldInfo) -> str:
    (kind, *more) = _kinds(field.annotation)
    if get_origin(kind) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(kind))
    bounds = [_bound(one) for one in (*field.metadata, *more) if _bound(one)]
    paths = [one.path_type for one in (*field.metadata, *more) if isinstance(one, PathType)]
    if paths:
        return {"file": "a file that is there", "dir": "a folder that is there"}[paths[0]]
    words = WORDS.get(get_origin(kind) or kind) or PLAIN[kind]
    return f"{words} {', '.join(bounds)}".rstrip()


def _kinds(annotation: Any) -> Iterator[Any]:
    """The type that is not None, and what it is annotated with."""
    if get_origin(annotation) in (Union, types.UnionType):
        (annotation,) = (one for one in get_args(annotation) if one is not types.NoneType)
    if get_origin(annotation) is Annotated:
        yield from get_args(annotation)
    else:
        yield annotation


def _bound(one: Any) -> str:
    match one:
        case Gt():
            return f"above {one.gt}"
        case Ge():
            return f"from {one.ge}"
        case Le():
            return f"to {one.le}"
    return ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
