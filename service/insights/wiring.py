"""`/insights` made from what the service has."""

from __future__ import annotations

from service.engine import Engine
from service.insights.login import login_of
from service.insights.naming import Names
from service.insights.page import InsightPages
from service.insights.views import Desk, Insights
from service.judging import LibraryEngine
from service.parts import Parts


def insights_of(parts: Parts, engine: Engine) -> Insights:
    """What answers at `/insights`.

    Raises:
        BadSettings: the file of its password cannot be used.
    """
    names = Names.of(engine.library) if isinstance(engine, LibraryEngine) else Names()
    pages = InsightPages(engine.knowledge_version, names)
    desk = Desk(parts.store, parts.work.clock, parts.work.zone)
    return Insights(desk, pages, login_of(parts.settings))
