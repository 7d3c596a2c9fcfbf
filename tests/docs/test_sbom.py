"""The list of what the image is made of is that of the lock. `make sbom` writes it."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.docs.bill import licences, locked, packages

BILL = ROOT / ".cache" / "sbom" / "backflag.cdx.json"
NOT_PERMISSIVE = {
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "certifi": "MPL-2.0",
}


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    if not BILL.exists():
        assert "CI" not in os.environ, "make sbom"
        pytest.skip("no list here: make sbom")
    found: dict[str, Any] = json.loads(BILL.read_text(encoding="utf-8"))
    return found


def test_the_bill_holds_every_package_of_the_image_and_no_other(bill: dict[str, Any]) -> None:
    assert packages(bill) == locked(), "make sbom"


def test_the_bill_is_of_this_software(bill: dict[str, Any]) -> None:
    assert bill["bomFormat"] == "CycloneDX"
    (version,) = re.findall(
        r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE
    )
    whole = bill["metadata"]["component"]
    assert (whole["name"], whole["version"]) == ("backflag", version)
    assert licences(whole) == {"Apache-2.0"}


def test_every_package_has_a_licence_and_those_that_ask_for_something_are_told(
    bill: dict[str, Any],
) -> None:
    page = (ROOT / "docs" / "sbom.md").read_text()
    asking = {}
    for one in bill["components"]:
        assert licences(one), one["name"]
        strict = [name for name in licences(one) if re.match(r"(A?L?GPL|MPL|EUPL|EPL|CDDL)", name)]
        if strict:
            asking[one["name"]] = strict[0]
    assert asking == NOT_PERMISSIVE
    for licence in NOT_PERMISSIVE.values():
        assert licence.removesuffix("-only") in page


def test_the_list_names_no_place_of_the_machine_that_made_it(bill: dict[str, Any]) -> None:
    assert str(ROOT) not in json.dumps(bill)
