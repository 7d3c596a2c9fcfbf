"""What the service promises: its OpenAPI document, held against every answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from jsonschema_rs import Draft202012Validator

Json = dict[str, Any]

_ALIASES = {"/cds-services/": "/cds-services", "/criteria/": "/criteria"}
_NOT_THERE = Json({"$ref": "#/components/responses/NotFound"})
_WRONG_METHOD = Json({"$ref": "#/components/responses/WrongMethod"})
_MOVED = "/criteria/"
"""Its relative links would lead astray."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Broken(AssertionError):
    """A promise that was not kept."""


class Contract:
    """The promises of one document, ready to be held against answers."""

    def __init__(self, document: Json) -> None:
        self._document = document
        self._validators: dict[int, Any] = {}

    def hold(self, method: str, path: str, answer: Answer) -> None:
        """Hold it against an answer.

        Raises:
            Broken: and says how.
        """
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Broken(f"{answer.status}: {answer.body[:500]!r}")
        path = path.partition("?")[0]
        if method in ("HEAD", "OPTIONS"):
            return
        if answer.status == HTTPStatus.PERMANENT_REDIRECT and path == _MOVED:
            return
        promised = self._resolved(self._promised(method, path, answer.status))
        self._hold_headers(promised, answer)
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return
        kind = answer.headers.get("content-type", "").partition(";")[0]
        content = promised.get("content", {})
        if kind not in content:
            raise Broken(f"{answer.status} {path}: {kind!r} is none of {list(content)}")
        if kind.endswith("json"):
            self._hold_body(content[kind]["schema"], answer.body)

    def _promised(self, method: str, path: str, status: int) -> Json:
        item = self._item(path)
        responses: Json = (item or {}).get(method.lower(), {}).get("responses", {})
        if str(status) in responses:
            return dict(responses[str(status)])
        if status == HTTPStatus.METHOD_NOT_ALLOWED and item and method.lower() not in item:
            return _WRONG_METHOD
        if status == HTTPStatus.NOT_FOUND and item is None:
            return _NOT_THERE
        raise Broken(f"{method} {path}: {status} is not promised")

    def _item(self, path: str) -> Json | None:
        paths = self._document["paths"]
        path = _ALIASES.get(path, path)
        parent, _, last = path.rpartition("/")
        if path not in paths and parent == "/criteria" and last:
            path = "/criteria/{criterion}"
        found: Json | None = paths.get(path)
        return found

    def _resolved(self, part: Json) -> Json:
        found: Any = part
        while "$ref" in found:
            found = self._document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return dict(found)

    def _hold_headers(self, promised: Json, answer: Answer) -> None:
        for name, header in promised.get("headers", {}).items():
            header = self._resolved(header)
            given = answer.headers.get(name)
            if given is None and header.get("required"):
                raise Broken(f"{answer.status}: the header {name} is missing")
            if given is not None:
                self._hold_value(header["schema"], given, f"header {name}")

    def _hold_body(self, schema: Json, body: bytes) -> None:
        try:
            value = json.loads(body, parse_constant=_refuse, object_pairs_hook=_once)
        except ValueError as error:
            raise Broken(f"not JSON: {error}: {body[:500]!r}") from None
        self._hold_value(schema, value, "body")

    def _hold_value(self, schema: Json, value: Any, what: str) -> None:
        validator = self._validator(schema)
        if validator.is_valid(value):
            return
        errors = (f"{one.instance_path}: {one.message}" for one in validator.iter_errors(value))
        raise Broken(f"{what}: {'; '.join(errors)[:2000]}")

    def _validator(self, schema: Json) -> Any:
        """Compiled once; the schemas live as long as the document, so their identity names them."""
        found = self._validators.get(id(schema))
        if found is None:
            whole = {**schema, "components": self._document["components"]}
            found = Draft202012Validator(whole, validate_formats=True)
            self._validators[id(schema)] = found
        return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _once(pairs: list[tuple[str, Any]]) -> Json:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
