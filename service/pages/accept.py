"""Which form an answer takes: what a client accepts, by `Accept` or by `?format=`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from starlette.requests import Request


class Form(StrEnum):
    """For programs or for people."""

    JSON = "json"
    HTML = "html"

    @property
    def media_type(self) -> str:
        """The content type of the answer."""
        return _TYPES[self]


_TYPES = {Form.JSON: "application/json", Form.HTML: "text/html"}
_NAMES = tuple(Form)


def wanted(request: Request) -> Form | None:
    """The form that the client asks for; None where `?format=` names one that there is not."""
    name = request.query_params.get("format")
    if name is not None:
        return Form(name) if name in _NAMES else None
    return preferred(request.headers.get("accept", ""))


def preferred(accept: str) -> Form:
    """The form of the higher quality. JSON wins a tie, `*/*` and whatever we do not have.

    Browsers name `text/html`; who sends `*/*` or nothing is a program.
    """
    ranges = dict(_ranges(accept))
    html, json = (_quality(form.media_type, ranges) for form in (Form.HTML, Form.JSON))
    return Form.HTML if html > json else Form.JSON


def _quality(media_type: str, ranges: dict[str, float]) -> float:
    """The quality of a type: of itself, else of its kind, else of anything."""
    kind = media_type.partition("/")[0]
    return next((ranges[key] for key in (media_type, f"{kind}/*", "*/*") if key in ranges), 0.0)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.lower().split(","):
        name, *parameters = (one.strip() for one in part.split(";"))
        if name:
            yield name, next(_qualities(parameters), 1.0)


def _qualities(parameters: list[str]) -> Iterator[float]:
    for one in parameters:
        key, _, value = one.partition("=")
        if key.strip() == "q":
            yield _number(value)


def _number(text: str) -> float:
    """A quality between 0 and 1; what is none counts as 0."""
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
