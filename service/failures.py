"""What a command or a process says when it cannot go on: one line, never a trace."""

from __future__ import annotations

NAME = "backflag"
"""Who says so."""

USAGE = 2
"""The status of who was told wrong things."""

FAILED = 1


def told(error: Exception) -> tuple[str, int]:
    """What is said of an error, and the exit status; a trace could quote a chart."""
    from knowledge.language.files import KnowledgeError
    from knowledge.site.folder import SiteError
    from service.logs import where
    from service.settings import BadSettings

    if isinstance(error, BadSettings):
        return str(error), USAGE
    if isinstance(error, SiteError):
        return f"the site's folder cannot be used:\n{error}", USAGE
    if isinstance(error, KnowledgeError):
        return f"the knowledge cannot be used:\n{error}", FAILED
    place = next(iter(where(error)), "")
    return f"failed: {type(error).__name__} at {place}", FAILED
