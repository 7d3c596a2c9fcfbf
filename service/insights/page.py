"""The page of the figures: everything escaped, no script, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from service.insights.content import content
from service.insights.naming import HOURS, Names
from service.insights.plots import PATTERNS
from service.insights.sheet import NOTE, Sheet

if TYPE_CHECKING:
    from jinja2 import Environment


class InsightPages:
    """The templates, ready."""

    def __init__(self, knowledge_version: str, names: Names) -> None:
        self.names = names
        self._knowledge_version = knowledge_version

    @cached_property
    def _environment(self) -> Environment:
        from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

        own, shared = (PackageLoader(f"service.{room}") for room in ("insights", "pages"))
        environment = Environment(
            loader=ChoiceLoader([own, shared]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {
            "style": Markup(self.style),
            "knowledge_version": self._knowledge_version,
            "patterns": PATTERNS,
            "hours": HOURS,
            "note": NOTE,
        }
        return environment

    @cached_property
    def style(self) -> str:
        """The style sheet of all pages, and what these need beside it."""
        sheets = (("pages", "style.css"), ("insights", "insights.css"))
        places = (files(f"service.{room}") / "templates" / name for room, name in sheets)
        return "".join(place.read_text(encoding="utf-8") for place in places)

    @cached_property
    def policy(self) -> str:
        """The content security policy: this style sheet, and a form that asks this page again."""
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        return (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
            f"form-action 'self'; frame-ancestors 'none'"
        )

    def page(self, sheet: Sheet, asks: bool = True) -> str:
        """All figures of a period. `asks`: it can be asked for other days, as a file cannot."""
        return self._environment.get_template("insights.html").render(
            asks=asks, **content(sheet, self.names)
        )

    def notice(self, title: str, *lines: str) -> str:
        """A page that says why there are no figures."""
        return self._environment.get_template("notice.html").render(title=title, lines=lines)
