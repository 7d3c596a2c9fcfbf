"""The records of one process, as the settings want them: made ready, begun and ended."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

import structlog
from prometheus_client.registry import Collector

from knowledge.card_files import Words
from service.discovery import SERVICES
from service.engine import Engine
from service.hooks import HOOK
from service.judging import LibraryEngine
from service.records.carrier import Carrier, Retention
from service.records.key_file import BadKeys, load_keys, load_or_make_keys
from service.records.making import Site
from service.records.patient_keys import PatientKeys
from service.records.recall import WAIT, Recall
from service.records.recorder import NoRecords, Recorder
from service.records.site_version import site_version
from service.records.spool import FOLDER_MODE, Spool
from service.records.waiting import Waiting
from service.settings import BadSettings, Settings
from service.store.dismissals import Dismissals
from service.store.store import open_store

COMPARED = (HOOK, "encounter-start")
"""The hooks whose cards, once overridden, keep those of any hook quiet."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What keeps records: `recorder` for the calls; the others only where records are kept."""

    recorder: NoRecords
    carrier: Carrier | None = None
    recall: Recall | None = None
    gauges: tuple[Collector, ...] = ()

    def start(self) -> None:
        """Begin to carry records to the database."""
        if self.carrier is not None:
            self.carrier.start()

    def close(self) -> None:
        """Carry what can be carried in bounded time, and let go of the database."""
        if self.recall is not None:
            self.recall.close()
        if self.carrier is not None:
            self.carrier.stop()


def keeping(settings: Settings, engine: Engine, clock: Callable[[tzinfo], datetime]) -> Keeping:
    """The records' parts; nothing runs yet.

    Raises:
        BadSettings: the keys or the folder of the spool cannot be used.
    """
    in_memory = settings.database_file is None and settings.database_url.startswith("sqlite")
    if settings.records == "off" or in_memory:
        return Keeping(NoRecords())
    _make_folder(settings)
    keys = _keys(settings)
    site = Site(keys, engine.knowledge_version, site_version(settings.site_dir), settings.mode)
    spool = Spool(settings.spool, settings.max_spool)
    lasting = lasting_reasons(engine.library.words) if isinstance(engine, LibraryEngine) else {}
    services = [service for service, hook in SERVICES.items() if hook in COMPARED]
    store = open_store(settings.database_url, pings=False, busy=WAIT)
    recall = Recall(store, Dismissals(store, len(keys.keys), services, lasting))
    zone = settings.zone
    retention = Retention(settings.retention_days, zone, lambda: clock(zone).date())
    carrier = Carrier(spool, open_store(settings.database_url), retention)
    gauges = (Waiting(settings.spool),)
    return Keeping(Recorder(spool, site, recall), carrier, recall, gauges)


def lasting_reasons(words: Words) -> Mapping[str, str]:
    """The reasons that last, each with its code system."""
    own, hl7 = words.systems.reason, words.systems.hl7_reason
    return {one.code: hl7 if one.hl7 else own for one in words.reasons if one.lasting}


def _make_folder(settings: Settings) -> None:
    try:
        settings.spool.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        why = "" if os.access(settings.spool, os.W_OK | os.X_OK) else "it cannot be written"
    except FileExistsError:
        why = "it is no folder"
    except OSError as error:
        why = error.strerror or "it cannot be made"
    if why:
        raise BadSettings(f"BACKFLAG_SPOOL_DIR: {why}")


def _keys(settings: Settings) -> PatientKeys:
    """A file that was named and is not there is a mistake, such as a volume that is not mounted."""
    path = settings.patient_keys
    try:
        if settings.patient_key_file is None:
            return load_or_make_keys(path, settings.today)
        keys = load_keys(path)
        if path.stat().st_mode & stat.S_IROTH:
            why = "BACKFLAG_PATIENT_KEY_FILE names a file that anyone here can read"
            structlog.get_logger().warning("the patients' keys are open", why=why)
        return keys
    except BadKeys as error:
        why = str(error)
    raise BadSettings(f"BACKFLAG_PATIENT_KEY_FILE: {why}")
