"""Pages made from what is known: everything escaped, no script, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import cached_property

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from knowledge.explaining.attributes import Attributes
from knowledge.explaining.shapes import Account, Summary
from service.pages.opening import standing

URGENCIES = {
    "emergency": "Emergency",
    "urgent": "Urgent",
    "soon": "Soon",
    "routine": "Routine",
    "none": "no card",
}


class Pages:
    """The templates, ready."""

    def __init__(self, knowledge_version: str, attributes: Attributes) -> None:
        self._environment = Environment(
            loader=PackageLoader("service.pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals |= {
            "style": Markup(self.style),
            "standing": standing,
            "urgencies": URGENCIES,
            "attributes": attributes,
            "knowledge_version": knowledge_version,
        }

    @cached_property
    def style(self) -> str:
        """The one style sheet, which stands in every page."""
        loader = self._environment.loader
        assert loader is not None
        return loader.get_source(self._environment, "style.css")[0]

    @cached_property
    def policy(self) -> str:
        """The content security policy: this style sheet and nothing else.

        Pages may be framed, as some EHRs show links: there is nothing on them to be clicked into.
        """
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        return (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        )

    def overview(self, criteria: Sequence[Summary]) -> str:
        """The page that lists all criteria."""
        return self._environment.get_template("overview.html").render(criteria=criteria)

    def criterion(self, account: Account) -> str:
        """The page of one criterion."""
        return self._environment.get_template("criterion.html").render(it=account)

    def missing(self, name: str) -> str:
        """The page for a criterion that there is not."""
        return self._environment.get_template("missing.html").render(name=name)
