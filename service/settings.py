"""What a site may set: the one module that reads the environment."""

from __future__ import annotations

import os
import re
from datetime import date, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AnyHttpUrl,
    DirectoryPath,
    Field,
    FilePath,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from service.ehr.servers import normalised
from service.store.password import with_password

PREFIX = "BACKFLAG_"
BROWSERS = ("https://sandbox.cds-hooks.org", "http://localhost:*", "http://127.0.0.1:*")
"""Who may call from a browser where nobody has to prove who they are."""

KEY_NAME = "patient.key"
"""The file of the patients' keys in the folder of a spool."""


class BadSettings(Exception):
    """A setting is wrong or unsafe; the text is one line that names the variable."""


class Settings(BaseSettings):
    """All settings, from `BACKFLAG_…` variables and a `.env` file; `host` and `port` from `serve`.

    What stands below a field is its line in docs/settings.md (`python -m tests.docs.settings`).
    `database_url` holds the password of `database_password_file`, where there is one.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, lt=2**16)

    auth: Literal["required", "off"] | None = None
    """`required`: each call shows a token; `off`: none does. Off on loopback, required elsewhere:
    [trust.md](trust.md). Default: by the address."""

    allow_insecure: bool = False
    """`true` lets the service start with `off` on another address than loopback."""

    clients_file: FilePath | None = None
    """Whose tokens are trusted: [trust.md](trust.md)."""

    base_url: AnyHttpUrl | None = None
    """The public URL, for links and for the audience of tokens. Default: the address."""

    root_path: str = Field(default="", pattern=r"^(/[^/\s]+)*$")
    """The path prefix, such as `/cds`, that a proxy in front leaves on or strips."""

    discovery: Literal["open", "closed"] = "open"
    """`closed`: discovery wants a token, too, where calls do."""

    cors_origins: Annotated[tuple[str, ...] | None, NoDecode] = None
    """Origins whose browsers may call. Without tokens the sandbox and this machine, else none.
    Default: by `AUTH`."""

    fhir_servers: Annotated[tuple[str, ...] | None, NoDecode] = None
    """FHIR servers that may be asked for any client: [connecting.md](connecting.md)."""

    database_password_file: FilePath | None = None
    """The file that holds the password of PostgreSQL, and nothing else; the address then holds
    none: `postgresql+psycopg://USER@HOST/DATABASE`."""

    database_url: str = Field(default="sqlite:///backflag.db", repr=False, validate_default=True)
    """Where used tokens, records and feedback are kept: `sqlite:///FILE` or
    `postgresql+psycopg://USER:PASSWORD@HOST/DATABASE`."""

    site_dir: DirectoryPath | None = None
    """The site's folder: [its own numbers, codes and
    words](../knowledge/README.md#a-sites-own-folder)."""

    knowledge_dir: DirectoryPath | None = None
    """Another folder of knowledge in place of the one that comes with the software; a wrong one
    stops the start."""

    mode: Literal["live", "silent"] = "live"
    """`silent`: everything is judged and recorded, and no hook returns a card: [see
    below](#silent-mode)."""

    records: Literal["on", "off"] = "on"
    """`off`: no call is recorded, and no card kept quiet that was overridden before:
    [records.md](records.md)."""

    spool_dir: Path | None = None
    """The folder where records wait, on a disk of the machine: `backflag-spool` beside
    `backflag.db`; with PostgreSQL in the folder of the start. Default: beside the database."""

    spool_max_mb: float = Field(default=1000, gt=0, allow_inf_nan=False)
    """Megabytes that may wait there; beyond them calls are answered and not recorded."""

    patient_key_file: Path | None = None
    """The keys of the patients' hashes: `backflag-patient.key` beside `backflag.db`; with
    PostgreSQL `patient.key` in the spool. Default: made at the first start."""

    retention_days: int = Field(default=730, gt=0, le=100 * 365)
    """Days for which records and feedback are kept."""

    timezone: str = "UTC"
    """The site's time zone, such as `Europe/Berlin`, for dates and times that name none."""

    deadline_ms: int = Field(default=2000, gt=0)
    """Milliseconds for all of a call, look-ups included."""

    max_body_mb: float = Field(default=20, gt=0, allow_inf_nan=False)
    """Megabytes (1,000,000 bytes) of a body, expanded; more is 413."""

    body_timeout_s: float = Field(default=30, gt=0, allow_inf_nan=False)
    """Seconds for a body to arrive; longer is 408."""

    max_resources: int = Field(default=50_000, gt=0)
    """Resources of one chart; more is 413."""

    workers: int = Field(default=1, gt=0)
    """Processes that share the address, as `--workers`; each is a core's worth of calls."""

    stop_delay_s: float = Field(default=0, ge=0, allow_inf_nan=False)
    """Seconds for which new connections are still taken on after SIGTERM, until whoever spreads
    the calls has noticed."""

    max_calls: int = Field(default=64, gt=0)
    """Calls that one process works on at a time; more is 503."""

    metrics: Literal["on", "off"] = "on"
    """`off`: there is no `/metrics`."""

    traces: Literal["on", "off"] = "off"
    """`on`: calls are traced: [operate.md](operate.md#traces)."""

    insights: Literal["on", "off"] | None = None
    """`on`: there is `/insights`: [insights.md](insights.md). On where `AUTH` is off on loopback,
    else off. Default: by the address."""

    insights_login: Literal["password", "proxy"] = "password"
    """`proxy`: the proxy in front lets in only who may see `/insights`."""

    insights_password_file: FilePath | None = None
    """The file that holds the password of `/insights`, and nothing else."""

    @field_validator("cors_origins", "fhir_servers", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for origin in value or ():
            if origin != "*" and not re.fullmatch(r"https?://[^/\s*]+?(:\*)?", origin):
                raise ValueError("an origin is scheme://host[:port], with * for any port")
        return value

    @field_validator("fhir_servers")
    @classmethod
    def _servers(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for url in value or ():
            if normalised(url) is None:
                raise ValueError("a FHIR server is https://host/path, or http on loopback")
        return value

    @field_validator("database_url")
    @classmethod
    def _whole_address(cls, value: str, info: ValidationInfo) -> str:
        file = info.data.get("database_password_file")
        try:
            return value if file is None else with_password(value, file)
        except ValueError as error:
            raise ValueError(f"its {PREFIX}DATABASE_PASSWORD_FILE {error}") from None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("not a time zone of the IANA list, such as Europe/Berlin") from None
        return value

    @property
    def silent(self) -> bool:
        """Whether everything is judged and recorded, and no hook shows a card."""
        return self.mode == "silent"

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone, for dates that name none."""
        return ZoneInfo(self.timezone)

    @property
    def today(self) -> date:
        """The day of the start, at the site."""
        return datetime.now(self.zone).date()

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def authentication(self) -> Literal["required", "off"]:
        """What was set, else off on loopback and required anywhere else."""
        return self.auth or ("off" if self.loopback else "required")

    @property
    def shows_insights(self) -> bool:
        """What was set, else only for who develops on this machine."""
        if self.insights is not None:
            return self.insights == "on"
        return self.authentication == "off" and self.loopback

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose browsers may call."""
        if self.cors_origins is not None:
            return self.cors_origins
        return BROWSERS if self.authentication == "off" else ()

    @property
    def public_url(self) -> str:
        """The address under which clients reach the service, without a slash at the end."""
        if self.base_url:
            return str(self.base_url).rstrip("/")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}{self.root_path}"

    @property
    def database_file(self) -> Path | None:
        """The file of SQLite; None for PostgreSQL and for what is kept in memory alone."""
        kind, _, name = self.database_url.partition(":///")
        path = name.partition("?")[0]
        is_file = kind.partition("+")[0] == "sqlite" and path not in ("", ":memory:")
        return Path(path) if is_file else None

    @property
    def spool(self) -> Path:
        """Where records wait: what was set, else beside the database's file, else here."""
        beside = self.database_file or Path("backflag")
        return self.spool_dir or beside.with_name(f"{beside.stem}-spool")

    @property
    def max_spool(self) -> int:
        """The most that may wait, in bytes."""
        return int(self.spool_max_mb * 1000 * 1000)

    @property
    def patient_keys(self) -> Path:
        """The file of the keys of patients: what was set, else beside the database or the spool."""
        beside = self.database_file
        made = beside.with_name(f"{beside.stem}-patient.key") if beside else self.spool / KEY_NAME
        return self.patient_key_file or made

    @property
    def max_body(self) -> int:
        """The largest body, in bytes."""
        return int(self.max_body_mb * 1000 * 1000)


def read_settings(**given: Any) -> Settings:
    """The settings; `given` wins over the environment.

    Raises:
        BadSettings: a variable is wrong; the text names it.
    """
    try:
        found = Settings(**given)
    except ValidationError as error:
        raise BadSettings("; ".join(map(_named, error.errors()))) from None
    _refuse_unknown()
    return found


def _refuse_unknown() -> None:
    """A variable that this version does not know would be taken for one that works."""
    set_here = Settings.model_fields.keys() - {"host", "port"}  # those are of the command alone
    known = {f"{PREFIX}{name}".upper() for name in set_here}
    known |= {str(one).upper() for one in _aliases()}
    strange = sorted(name for name in os.environ if name.upper().startswith(PREFIX))
    strange = [name for name in strange if name.upper() not in known]
    if strange:
        raise BadSettings(f"{', '.join(strange)}: this version does not know this setting")


def _aliases() -> list[str]:
    fields = Settings.model_fields.values()
    return [str(one.validation_alias) for one in fields if one.validation_alias]


def ensure_safe(settings: Settings) -> None:
    """Refuse to serve patients' data to whoever asks from elsewhere.

    Raises:
        BadSettings: nobody would be let in, or the address is open and nothing says that this
            is meant.
    """
    _ensure_login(settings)
    if settings.authentication == "required":
        if settings.clients_file is not None:
            return
        raise BadSettings(
            f"{PREFIX}CLIENTS_FILE is missing: with {PREFIX}AUTH=required, the default where the "
            f"service is not bound to loopback (--host {settings.host}), it names the clients "
            f"that are trusted"
        )
    if not settings.loopback and not settings.allow_insecure:
        raise BadSettings(
            f"{PREFIX}AUTH=off on {settings.host} lets anyone call: set "
            f"{PREFIX}ALLOW_INSECURE=true if that is meant, or bind to 127.0.0.1"
        )


def _ensure_login(settings: Settings) -> None:
    """How the cards fare is for the hospital alone."""
    asks = settings.insights_login == "proxy" or settings.insights_password_file is not None
    if settings.shows_insights and settings.authentication == "required" and not asks:
        raise BadSettings(
            f"{PREFIX}INSIGHTS_PASSWORD_FILE is missing: with {PREFIX}INSIGHTS=on it names the "
            f"file with the password of /insights; or set {PREFIX}INSIGHTS_LOGIN=proxy where a "
            f"proxy in front asks who comes"
        )


def _named(error: Any) -> str:
    place = str(error["loc"][0]) if error["loc"] else "settings"
    name = f"--{place}" if place in ("host", "port") else PREFIX + place.upper()
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"


_FIGURES = "PROMETHEUS_MULTIPROC_DIR"


def share_figures(directory: str) -> None:
    """Let the processes that are started from here keep their figures where all are added up."""
    os.environ[_FIGURES] = directory


def figures_directory() -> str | None:
    """Where several processes keep their figures; None where one keeps its own."""
    return os.environ.get(_FIGURES)
