"""A patient without a name: a keyed hash, the same for all calls of one client and tenant."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

ID_DIGITS = 12
"""Hexadecimal digits of a key's name."""

_NAMING = b"backflag: the name of a key of patients\n"


@dataclass(frozen=True, repr=False)
class PatientKey:
    """One secret of a site."""

    secret: bytes

    @cached_property
    def id(self) -> str:
        """Its name, which tells nothing of it."""
        return sha256(_NAMING + self.secret).hexdigest()[:ID_DIGITS]

    def hash_of(self, client: str, tenant: str | None, patient_id: str) -> str:
        """HMAC-SHA-256 of who is meant, in hexadecimal digits.

        Two EHRs, and two tenants of one, may use one id for two people: they never meet.
        """
        keyed = self._keyed.copy()  # a third of what beginning with the secret costs
        keyed.update(json.dumps([client, tenant, patient_id]).encode())
        return keyed.hexdigest()

    @cached_property
    def _keyed(self) -> hmac.HMAC:
        return hmac.new(self.secret, digestmod="sha256")


@dataclass(frozen=True, slots=True, repr=False)
class PatientKeys:
    """A site's keys, the newest first: what is new is kept by it, what is old is found by all."""

    keys: tuple[PatientKey, ...]

    @property
    def newest(self) -> PatientKey:
        """The key for new records."""
        return self.keys[0]

    def hashes_of(self, client: str, tenant: str | None, patient_id: str) -> tuple[str, ...]:
        """What a patient may be kept under, by each key."""
        return tuple(one.hash_of(client, tenant, patient_id) for one in self.keys)
