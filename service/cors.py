"""Which browsers may call, on every answer: a refusal or a failure included."""

from __future__ import annotations

import re
from typing import Any

ANY_PORT = ":*"


def cors_options(origins: tuple[str, ...], trusting: bool) -> dict[str, Any]:
    """Arguments of Starlette's CORSMiddleware.

    `origins` may hold `*` (anyone) and `http://host:*` (any port). `trusting`: a page from the
    internet may call a service on this machine, which Chrome asks about in the preflight.
    """
    patterns = [_pattern(origin) for origin in origins if origin != "*"]
    return {
        "allow_origins": ["*"] if "*" in origins else [],
        "allow_origin_regex": "|".join(patterns) or None,
        "allow_methods": ["GET", "POST"],
        "allow_headers": ["Authorization", "Content-Type"],
        "allow_private_network": trusting,
    }


def _pattern(origin: str) -> str:
    host = origin.removesuffix(ANY_PORT)
    return re.escape(host) + ("(:[0-9]+)?" if host != origin else "")
