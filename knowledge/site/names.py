"""What a site says of criteria and orders: each name leads somewhere, each date has been."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from knowledge.language.schema import Urgency
from knowledge.site.folder import Folder
from knowledge.site.model import OrderCode, Phone, SignOff, Silenced, SwitchedOff
from knowledge.site.shapes import ORDERS, SIGN_OFFS, SITE, OffShape, SilentShape
from knowledge.site.shipped import Shipped


def switched_off(folder: Folder, shipped: Shipped) -> dict[str, SwitchedOff]:
    """The criteria that are off; faults are kept in the folder."""
    given = folder.site.switched_off if folder.site else ()
    _check(folder, shipped, "switched_off", given, "off")
    return {one.criterion: SwitchedOff(one.criterion, one.why) for one in given}


def silenced(folder: Folder, shipped: Shipped) -> dict[str, Silenced]:
    """The criteria of which no card speaks; faults are kept in the folder."""
    given = folder.site.silent if folder.site else ()
    off = {one.criterion for one in folder.site.switched_off} if folder.site else set()
    _check(folder, shipped, "silent", given, "silent")
    for number, one in enumerate(given):
        if one.criterion in off:
            what = f"{one.criterion} is switched off: it is either that or silent"
            folder.fault(SITE, ("silent", number), what)
    return {one.criterion: Silenced(one.criterion, one.why) for one in given}


def _check(
    folder: Folder, shipped: Shipped, key: str, given: Sequence[OffShape | SilentShape], word: str
) -> None:
    """Each criterion exists, stands once, and says why where it can be an emergency."""
    seen: set[str] = set()
    for number, one in enumerate(given):
        criterion = shipped.criteria.get(one.criterion)
        if criterion is None:
            folder.fault(SITE, (key, number), f"there is no criterion {one.criterion}")
        elif one.criterion in seen:
            folder.fault(SITE, (key, number), f"{one.criterion} stands twice")
        elif one.why is None and criterion.most_urgent is Urgency.EMERGENCY:
            what = f"{one.criterion} can be an emergency: say why it is {word}"
            folder.fault(SITE, (key, number), what)
        seen.add(one.criterion)


def phones(folder: Folder, shipped: Shipped) -> tuple[Phone, ...]:
    """Whom to call; faults are kept in the folder."""
    told = folder.site.phones if folder.site else ()
    for number, one in enumerate(told):
        for name in one.criteria:
            if name not in shipped.criteria:
                folder.fault(SITE, ("phones", number), f"there is no criterion {name}")
    return tuple(Phone(one.who, one.number, one.criteria) for one in told)


def order_codes(folder: Folder, shipped: Shipped) -> Iterator[OrderCode]:
    """The site's orderables; faults are kept in the folder."""
    for name, order in folder.orders.orders.items():
        if name not in shipped.orders:
            folder.fault(ORDERS, ("orders", name), f"there is no order {name}")
        seen: set[tuple[str, str]] = set()
        for number, one in enumerate(order.codings):
            if (one.system, one.code) in seen:
                folder.fault(ORDERS, ("orders", name, "codings", number), f"{one.code} twice")
            seen.add((one.system, one.code))
            yield OrderCode(name, one.system, one.code, one.display, order.alone)


def sign_offs(folder: Folder, shipped: Shipped, today: date | None) -> tuple[SignOff, ...]:
    """Who signed what; one of an earlier version is kept and does not count."""
    found: list[SignOff] = []
    for number, one in enumerate(folder.sign_offs.sign_offs):
        signed = SignOff(one.criterion, one.version, one.who, one.role, one.date)
        what = "stands twice" if signed in found else _untrue(signed, shipped, today)
        if what:
            folder.fault(SIGN_OFFS, ("sign_offs", number), what)
        found.append(signed)
    return tuple(found)


def _untrue(one: SignOff, shipped: Shipped, today: date | None) -> str | None:
    criterion = shipped.criteria.get(one.criterion)
    if criterion is None:
        return f"there is no criterion {one.criterion}"
    if one.version > criterion.version:
        return f"version {one.version} of {one.criterion} does not exist: it is {criterion.version}"
    if today is not None and one.date > today:
        return f"{one.date.isoformat()} is in the future"
    return None
