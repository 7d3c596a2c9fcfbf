"""A call that could be read: what its record and its look-up need of it, and no more."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Heard:
    """Who asked about whom.

    `started` is of `perf_counter`, `incomplete` what could not be had, as `observations:timeout`;
    `kept`: it has its record, or is to have none; `hashes`: what the patient may be kept under, by
    each key, once that was asked.
    """

    service: str
    client: str
    tenant: str | None
    patient_id: str = field(repr=False)
    hook_instance: str | None
    started: float
    incomplete: tuple[str, ...] = ()
    kept: bool = False
    hashes: tuple[str, ...] = ()
