"""Structured logs on standard error: an allow-list of fields, and nothing about a patient."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any
from uuid import UUID

import structlog

ALLOWED = frozenset(
    {
        "address",
        "answer",
        "cards",
        "client",
        "criterion",
        "duration_ms",
        "event",
        "exception",
        "failed",
        "gaps",
        "hook",
        "hook_instance",
        "knowledge_version",
        "level",
        "logger",
        "met",
        "number",
        "places",
        "resources",
        "site",
        "status",
        "timestamp",
        "where",
        "why",
    }
)
"""Every field that a line may have; all others are dropped, whoever adds them."""

SPEAKS_PLAINLY = "uvicorn.error"
"""The one foreign logger whose words are let through: it tells of starts and stops. What others
say may quote what they were working on."""


def set_up_logs() -> None:
    """One JSON object a line on standard error, ours and the libraries' alike."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),  # a line is one write: whole
        cache_logger_on_first_use=True,
    )
    handler = _Bridge()
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
    logging.getLogger(SPEAKS_PLAINLY).setLevel(logging.INFO)
    logging.getLogger("uvicorn.access").disabled = True


def only_allowed(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop what is not on the list."""
    return {key: value for key, value in event.items() if key in ALLOWED}


def instance_id(text: str) -> str | None:
    """A hookInstance as it may be logged: a client may have put anything there but a UUID."""
    try:
        return str(UUID(text))
    except ValueError:
        return None


def where(error: BaseException) -> list[str]:
    """Where an error arose, from the innermost frame outwards: places, never values."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames)]


class _Bridge(logging.Handler):
    """Hands the standard library's log records to structlog, without their values."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[1]:
            fields["exception"] = type(record.exc_info[1]).__name__
            fields["where"] = where(record.exc_info[1])
        plain = record.name == SPEAKS_PLAINLY and not record.exc_info
        text = record.getMessage() if plain else "a library's message, withheld"
        method = "info" if record.levelno < logging.WARNING else "warning"
        getattr(structlog.get_logger(), method)(text, **fields)
