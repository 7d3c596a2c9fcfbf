"""What a site has set, told in the log at the start; nothing of it is about a patient."""

from __future__ import annotations

import structlog

from knowledge.filling import in_words
from knowledge.library import Library
from service.ehr.servers import is_loopback
from service.settings import Settings

MEANT_FOR_HERE = (
    "BACKFLAG_ALLOW_INSECURE is set: let nobody but this machine reach the port. To open the "
    "service to an EHR set BACKFLAG_AUTH=required, BACKFLAG_CLIENTS_FILE and BACKFLAG_BASE_URL, "
    "behind a proxy that ends TLS: with the compose file, `docker compose up proxy`"
)


def tell_site(library: Library) -> None:
    """A line for the site, and one for everything that judges otherwise than as shipped."""
    site, log = library.site, structlog.get_logger()
    if site is None:
        return
    log.info("site folder in use", site=site.name, knowledge_version=library.version)
    for off in site.off.values():
        why = off.why or "no reason given"
        log.warning("criterion switched off", criterion=off.criterion, why=why)
    for quiet in site.silent.values():
        why = quiet.why or "no reason given"
        log.warning("criterion silent", criterion=quiet.criterion, why=why)
    for one in site.changes:
        moved = f"{one.place} {in_words(one.now)} (default {in_words(one.was)})"
        log.info("number moved", number=moved, why=one.why)
    for signed in site.sign_offs:
        version = library.criteria[signed.criterion].version
        if signed.version != version:
            why = f"signed off for version {signed.version}, now {version}"
            log.warning("sign-off does not count", criterion=signed.criterion, why=why)


def tell_mode(settings: Settings) -> None:
    """Say loudly that no card will be shown."""
    if settings.silent:
        why = "BACKFLAG_MODE is silent: all is judged and recorded, no hook returns a card"
        structlog.get_logger().warning("silent mode", why=why)


def tell_openness(settings: Settings) -> None:
    """Warn where a proxy seems to let in the world, and nobody has to prove who they are."""
    log, url = structlog.get_logger(), settings.public_url
    if settings.authentication == "off" and settings.clients_file is not None:
        log.warning("the clients file is not used", why="BACKFLAG_AUTH is off")
    if settings.authentication == "off" and settings.allow_insecure and is_loopback(url):
        log.warning("nobody is asked for a token", why=MEANT_FOR_HERE)
    if settings.authentication == "off" and not is_loopback(url):
        log.warning("anyone who reaches the service may call it", why="BACKFLAG_AUTH is off")
    if url.startswith("http://") and not is_loopback(url):
        log.warning("patient data needs https", why="BACKFLAG_BASE_URL is http")
