"""The tables of docs/capacity.md: `python -m tests.bench.capacity` calculates and writes them.

By figures that were measured and assumptions that anyone may change, both in capacity.yaml.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.bench.throughput import Throughput
from tests.conftest import ROOT

GIVEN = Path(__file__).with_name("capacity.yaml")
PAGE = ROOT / "docs" / "capacity.md"
OPEN = "*to be measured*"
HOUR = 3600
AT_LEAST = 2
"""Processes on machines of their own: one may fail."""

EMPTY, EMERGENCY, LONG = "nothing to say", "an emergency", "a long chart"
Given = dict[str, Any]


def given() -> Given:
    """What is measured and assumed."""
    found: Given = yaml.safe_load(GIVEN.read_text(encoding="utf-8"))
    return found


def keep(where: str, found: Sequence[Throughput]) -> None:
    """Write down what was measured on a machine, and calculate anew."""
    kinds = {
        one.kind: {
            "kilobytes": round(one.body / 1000),
            "calls_a_core": round(one.per_core),
            "milliseconds": round(1000 * one.processor / one.calls, 2),
            "megabytes": round(one.memory),
            "stored": round(one.stored),
        }
        for one in found
    }
    told = yaml.safe_dump({"measured": {"where": where, "kinds": kinds}}, sort_keys=False)
    text = GIVEN.read_text(encoding="utf-8")
    made = re.sub(r"^measured:.*\n(?:  .*\n)*", lambda _: told, text, flags=re.MULTILINE)
    GIVEN.write_text(made, encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


def page() -> str:
    """The page with its tables made anew."""
    text = PAGE.read_text(encoding="utf-8")
    whole = given()
    for name, table in (("measured", measured(whole)), ("deployments", deployments(whole))):
        part = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->\n)", re.DOTALL)
        found = part.search(text)
        assert found is not None
        text = text[: found.end(1)] + table + text[found.start(2) :]
    return text


def measured(whole: Given) -> str:
    """What each kind of call costs."""
    found = whole["measured"].get("kinds", {})
    lines = [
        "| a call of | body | calls a second and core | processor | worker's memory "
        "| in the database |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for kind in (EMPTY, EMERGENCY, LONG):
        one = found.get(kind)
        cells = [OPEN] * 5 if one is None else [
            f"{one['kilobytes']} kB", str(one["calls_a_core"]), f"{one['milliseconds']} ms",
            f"{one['megabytes']} MB", f"{one['stored']} bytes",
        ]  # fmt: skip
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines) + f"\n\nWhere: {whole['measured'].get('where', OPEN)}\n"


def deployments(whole: Given) -> str:
    """What each size of a deployment needs."""
    lines = [
        "| | clinicians | tenants | calls a day | calls a second at the peak | cores | workers "
        "| memory | database, all kept | database, written at the peak |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    rows = (f"| {one['name']} | {' | '.join(_needs(one, whole))} |" for one in whole["deployments"])
    return "\n".join([*lines, *rows]) + "\n"


def _needs(one: Given, whole: Given) -> list[str]:
    """Clinicians and tenants, calls by what is assumed, and the rest by what was measured."""
    assumed, kinds = whole["assumed"], whole["measured"].get("kinds")
    day = one["clinicians"] * assumed["charts_a_day"] * assumed["calls_a_chart"]
    peak = day * assumed["peak_hour"] / HOUR * assumed["burst"]
    calls = [f"{one['clinicians']:,}", f"{one['tenants']:,}", f"{day:,.0f}", f"{peak:,.2g}"
             if peak < 10 else f"{peak:,.0f}"]  # fmt: skip
    if not kinds:
        return [*calls, *[OPEN] * 5]
    cores = peak * _mean(kinds, "milliseconds", assumed) / 1000 / assumed["busy"]
    workers = max(AT_LEAST, math.ceil(cores))
    memory = workers * max(kind["megabytes"] for kind in kinds.values())
    stored = _mean(kinds, "stored", assumed)
    kept = day * stored * assumed["working_days"] * assumed["retention_days"] / 365
    return [
        *calls, f"{cores:,.2g}", f"{workers:,}", f"{memory / 1000:,.1f} GB",
        f"{kept / 1e9:,.2g} GB" if kept < 1e10 else f"{kept / 1e9:,.0f} GB",
        f"{peak * stored / 1e6:,.2g} MB a second",
    ]  # fmt: skip


def _mean(kinds: Given, figure: str, assumed: Given) -> float:
    """Over all calls, by how many are of which kind."""
    shares = {EMERGENCY: assumed["emergency"], LONG: assumed["long"]}
    shares[EMPTY] = 1 - sum(shares.values())
    return float(sum(share * kinds[kind][figure] for kind, share in shares.items()))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
