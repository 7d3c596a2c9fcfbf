"""The unit of systemd: right, confined, and with the time that the service takes to end."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from service import ending, serving, tracing
from service.records import carrier
from service.settings import Settings
from tests.deploy.tools import ROOT, run

FOLDER = ROOT / "deploy" / "systemd"
UNIT = FOLDER / "backflag.service"
PROGRAM = "/opt/backflag/bin/backflag"
EXPOSURE = re.compile(r"exposure level for \S+: ([\d.]+)")
AT_MOST = 2.0
"""Of ten, as systemd counts what a unit may do to the machine."""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    if shutil.which("systemd-analyze") is None:
        assert "CI" not in os.environ, "no systemd-analyze here"
        pytest.skip("no systemd-analyze here")
    path = tmp_path / UNIT.name
    path.write_text(UNIT.read_text().replace(PROGRAM, sys.executable))
    return path


def options() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNIT)
    return parser["Service"]


def test_systemd_finds_no_fault_in_it(unit: Path) -> None:
    done = run("systemd-analyze", "verify", "--man=no", unit)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_would_find_one(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("Restart=always", "Restart=allways"))
    assert "allways" in run("systemd-analyze", "verify", "--man=no", unit).stderr


def test_it_may_do_little(unit: Path) -> None:
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    found = EXPOSURE.search(done.stdout)
    assert found is not None
    assert float(found[1]) <= AT_MOST


def test_it_is_given_the_time_that_the_service_takes_to_end() -> None:
    default = -(-Settings.model_fields["deadline_ms"].default // 1000)
    longest = ending.LINGER + default + serving.GRACE + 2 * carrier.END + tracing.END
    assert longest < int(options()["TimeoutStopSec"]) <= longest + 10


def test_its_variables_are_settings() -> None:
    names = re.findall(r"^(\w+)=", (FOLDER / "backflag.env").read_text(), re.MULTILINE)
    assert set(names) <= {f"BACKFLAG_{one}".upper() for one in Settings.model_fields}
    assert "BACKFLAG_AUTH=required\n" in (FOLDER / "backflag.env").read_text()
