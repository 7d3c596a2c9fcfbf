from __future__ import annotations

import hmac
import json
import stat
from datetime import date
from pathlib import Path

import pytest

from service.records.key_file import MOST, BadKeys, load_keys, load_or_make_keys, rotate_keys
from service.records.patient_keys import PatientKey, PatientKeys
from tests.service.store.processes import at_once

TODAY = date(2026, 11, 27)

MAKE = """
import sys
from datetime import date
from pathlib import Path
from service.records.key_file import load_or_make_keys
GO
print([key.id for key in load_or_make_keys(Path(sys.argv[1]), date(2026, 11, 27)).keys])
"""


def ids(keys: PatientKeys) -> list[str]:
    return [key.id for key in keys.keys]


def test_a_patient_of_one_client_and_tenant_has_one_hash() -> None:
    key = PatientKey(b"k" * 32)
    same = key.hash_of("main", "t", "p1")
    assert key.hash_of("main", "t", "p1") == same
    assert same == hmac.digest(b"k" * 32, b'["main", "t", "p1"]', "sha256").hex()  # as stored ones
    others = [
        key.hash_of("main", "t", "p2"),
        key.hash_of("main", None, "p1"),
        key.hash_of("main", "", "p1"),
        key.hash_of("other", "t", "p1"),
        key.hash_of("maint", "", "p1"),
        PatientKey(b"l" * 32).hash_of("main", "t", "p1"),
    ]
    assert len({same, *others}) == 7


def test_the_first_start_makes_a_key_that_only_the_service_can_read(tmp_path: Path) -> None:
    path = tmp_path / "patient.key"
    made = load_or_make_keys(path, TODAY)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ids(load_or_make_keys(path, TODAY)) == ids(made)
    assert [one.name for one in tmp_path.iterdir()] == ["patient.key"]


def test_two_first_starts_make_two_keys(tmp_path: Path) -> None:
    made = [load_or_make_keys(tmp_path / name, TODAY) for name in "ab"]
    assert ids(made[0]) != ids(made[1])


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    found = at_once(MAKE, str(tmp_path / "patient.key"), number=6)
    assert len(set(found)) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["patient.key"]


def test_a_new_key_comes_first_and_the_old_ones_are_still_tried(tmp_path: Path) -> None:
    path = tmp_path / "patient.key"
    first = load_or_make_keys(path, TODAY)
    second = rotate_keys(path, TODAY)
    third = rotate_keys(path, TODAY)
    assert ids(third) == [third.newest.id, second.newest.id, first.newest.id]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    old = first.newest.hash_of("main", None, "p1")
    assert third.hashes_of("main", None, "p1")[-1] == old
    assert third.newest.hash_of("main", None, "p1") != old


def test_to_rotate_what_is_not_there_makes_it(tmp_path: Path) -> None:
    assert len(rotate_keys(tmp_path / "patient.key", TODAY).keys) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no key"),
        ("# nothing\n\n", "holds no key"),
        ("secret-words\n", "line 1 is no key"),
        (f"{'ab' * 16}\nabcd\n", "line 2 is no key"),
        (f"{'ab' * 16}\n" * (MOST + 1), "more than"),
        ("\xfc" * 40, "is no list of keys"),
        ("a" * 200_000, "is too large"),
    ],
)
def test_a_wrong_file_is_refused_and_never_quoted(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "patient.key"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(BadKeys, match=why) as caught:
        load_or_make_keys(path, TODAY)
    assert "secret" not in str(caught.value)
    assert "abcd" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_told_as_that(tmp_path: Path) -> None:
    with pytest.raises(BadKeys, match="not there"):
        load_keys(tmp_path / "patient.key")
    with pytest.raises(BadKeys, match="cannot be read"):
        load_keys(tmp_path)
    with pytest.raises(BadKeys, match="cannot be written"):
        load_or_make_keys(tmp_path / "nowhere" / "patient.key", TODAY)


def test_no_key_is_shown(tmp_path: Path) -> None:
    keys = load_or_make_keys(tmp_path / "patient.key", TODAY)
    secret = keys.newest.secret.hex()
    assert secret not in repr(keys) + repr(keys.newest) + json.dumps(ids(keys))
    assert keys.newest.id not in secret
