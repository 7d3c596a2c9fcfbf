"""`backflag records`: old records removed, and a new key for the patients' hashes."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date, timedelta

from service.records.key_file import BadKeys, rotate_keys
from service.records.patient_keys import PatientKeys
from service.settings import BadSettings, Settings
from service.store.purging import purge_some
from service.store.store import BadUrl, open_store


def first_day(text: str | None, settings: Settings) -> date:
    """The first day that is kept: what `--before` says, else by BACKFLAG_RETENTION_DAYS.

    Raises:
        BadSettings: it is no date.
    """
    if text is None:
        return settings.today - timedelta(days=settings.retention_days)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadSettings("--before: not a date such as 2026-10-31")


def purge(settings: Settings, before: date) -> int:
    """Remove all records and feedback from before a day, a bounded number at a time.

    Returns:
        How many rows are gone.

    Raises:
        BadSettings: the database's address cannot be used.
        StoreDown: the database cannot be reached or refuses.
    """
    try:
        store = open_store(settings.database_url)
    except BadUrl as error:
        raise BadSettings(f"BACKFLAG_DATABASE_URL: {error}") from None
    gone = 0
    with closing(store):
        store.ensure_current()
        while some := purge_some(store, before, settings.zone):
            gone += some
    return gone


def rotate(settings: Settings) -> PatientKeys:
    """A new key, by which new records are kept once the service was started again.

    Raises:
        BadSettings: the file cannot be used.
    """
    path = settings.patient_keys
    try:
        return rotate_keys(path, settings.today)
    except BadKeys as error:
        why = str(error)
    raise BadSettings(f"BACKFLAG_PATIENT_KEY_FILE: {why}")
