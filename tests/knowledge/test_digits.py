from __future__ import annotations

import pytest

from knowledge.checks.digits import loinc_holds, verhoeff_holds


@pytest.mark.parametrize("code", ["449813001", "44054006", "16334561000119101", "192970008"])
def test_a_genuine_snomed_ct_id_holds(code: str) -> None:
    assert verhoeff_holds(code)


@pytest.mark.parametrize("code", ["102557002", "162152003", "16334561000119100", "44981300a", ""])
def test_a_circulating_wrong_snomed_ct_id_does_not(code: str) -> None:
    assert not verhoeff_holds(code)


@pytest.mark.parametrize(
    ("code", "holds"),
    [("2132-9", True), ("14685-2", True), ("8310-5", True), ("2132-8", False), ("2132", False),
     ("x-1", False)],
)  # fmt: skip
def test_loinc_codes_by_their_check_digit(code: str, holds: bool) -> None:
    assert loinc_holds(code) is holds
