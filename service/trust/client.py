"""One trusted client, as the clients file describes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    model_validator,
)

from service.ehr.servers import names_loopback, normalised
from service.trust.audience import place
from service.trust.exact_json import read_exactly
from service.trust.keys import ALGORITHMS, Key, NotForUs, read_key

RECOMMENDED = ("RS384", "ES384")
"""The algorithms that CDS Hooks recommends, and that count where a client lists none."""

LONGEST_NAME = 100
LARGEST_SET = 100 * 1000
"""Bytes of a key set; real ones have a few thousand."""


def _plain(text: str) -> str:
    if not text.isprintable() or text.strip() != text or not text:
        raise ValueError("is empty, or has blanks around it or line breaks in it")
    return text


def _algorithm(name: str) -> str:
    if name not in ALGORITHMS:
        raise ValueError(f"is not trusted here (nor are none, HS… or PS…): {_known()} are")
    return name


def _known() -> str:
    return ", ".join(ALGORITHMS)


def _key_url(url: str) -> str:
    address, _, query = url.partition("?")
    at = place(address)
    if at is None or "#" in query or " " in query:
        raise ValueError("is not a URL, or has a user or a fragment")
    if at.scheme != "https" and not names_loopback(at.host):
        raise ValueError("is not https: whoever is in between could put a key of their own there")
    return url


def _fhir_server(url: str) -> str:
    base = normalised(url)
    if base is None:
        raise ValueError(
            "is not a FHIR server's base URL: https (http on this machine only), and no user, "
            "query or fragment"
        )
    return base


def _pinned_key(jwk: Any) -> Key | None:
    """None for a proper key that is not for signatures: it may stand there, unused."""
    try:
        return read_key(jwk)
    except NotForUs:
        return None


def _key_file(name: Any, info: ValidationInfo) -> Any:
    if not isinstance(name, str) or not name:
        raise ValueError("is not the name of a file")
    folder: Path = info.context["folder"] if info.context else Path()
    try:
        with (folder / name).open("rb") as file:
            content = file.read(LARGEST_SET + 1)
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot be read: {getattr(error, 'strerror', None)}") from None
    if len(content) > LARGEST_SET:
        raise ValueError(f"is larger than {LARGEST_SET} bytes")
    return read_exactly(content)


Text = Annotated[str, AfterValidator(_plain)]
Algorithm = Annotated[str, AfterValidator(_algorithm)]
FhirServer = Annotated[str, AfterValidator(_fhir_server)]
SOME = Field(default=(), min_length=1)


class Pinned(BaseModel):
    """A JWK Set that the administrator wrote down."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    keys: tuple[Annotated[Key | None, PlainValidator(_pinned_key)], ...] = Field(min_length=1)


class Client(BaseModel):
    """Who is trusted, by which keys, and with what.

    `audience` empty: the service's own `/cds-services`; `tenants` empty: any.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_plain)]
    iss: Text
    jku: Annotated[str, AfterValidator(_key_url)] | None = None
    jwks: Pinned | None = None
    jwks_file: Annotated[Pinned, BeforeValidator(_key_file)] | None = None
    audience: tuple[Text, ...] = SOME
    algorithms: tuple[Algorithm, ...] = Field(default=RECOMMENDED, min_length=1)
    tenants: tuple[Text, ...] = SOME
    fhir_servers: tuple[FhirServer, ...] = ()

    @property
    def pinned(self) -> tuple[Key, ...]:
        """The keys that stand in the file; none where they are at a `jku`."""
        written = self.jwks or self.jwks_file
        return tuple(key for key in written.keys if key) if written else ()

    def fitting(self, keys: tuple[Key, ...]) -> tuple[Key, ...]:
        """Those of the keys with which this client may sign."""
        return tuple(key for key in keys if key.algorithms & set(self.algorithms))

    @model_validator(mode="after")
    def _has_a_key(self) -> Client:
        written = self.jwks or self.jwks_file
        if written and not self.fitting(self.pinned):
            raise ValueError(f"none of its keys can sign with {', '.join(self.algorithms)}")
        return self
