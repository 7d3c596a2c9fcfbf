"""What a site has set, told in the log at the start: nothing of it is about a patient."""

from __future__ import annotations

import structlog

from knowledge.filling import in_words
from knowledge.library import Library


def tell_site(library: Library) -> None:
    """A line for the site, and one for everything that judges otherwise than as shipped."""
    site, log = library.site, structlog.get_logger()
    if site is None:
        return
    log.info("site folder in use", site=site.name, knowledge_version=library.version)
    for off in site.off.values():
        why = off.why or "no reason given"
        log.warning("criterion switched off", criterion=off.criterion, why=why)
    for one in site.changes:
        moved = f"{one.place} {in_words(one.now)} (default {in_words(one.was)})"
        log.info("number moved", number=moved, why=one.why)
    for signed in site.sign_offs:
        version = library.criteria[signed.criterion].version
        if signed.version != version:
            why = f"signed off for version {signed.version}, now {version}"
            log.warning("sign-off does not count", criterion=signed.criterion, why=why)
