"""A site's own folder where its users meet it: the card, /explain, the log, the command line."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.service.fakes import bundle, condition, hook_request
from tests.service.test_serving import PATIENCE, SERVE, SERVICE, Server

EXPLAIN = "/explain/back-numbness-patient-view"
EXAMPLE = ROOT / "docs" / "site-example"
COMMAND = SERVE[:-1]
CES = "cauda-equina-syndrome"
PREFERENCE = "urn:com.epic.cdshooks.action.code.system.preference-list-item"


def request() -> bytes:
    """Sciatica with a residual of 180 mL by the site's own code: over 150, not over 200."""
    code = {"system": "urn:oid:1.2.840.114350.1.13.999.2.7.2.707679", "code": "304550"}
    residual = {
        "resourceType": "Observation", "id": "o1", "status": "final",
        "subject": {"reference": "Patient/p1"}, "code": {"coding": [code]},
        "valueQuantity": {"value": 180, "unit": "mL"},
    }  # fmt: skip
    sciatica = condition(
        code={"text": "Low back pain with sciatica"},
        clinicalStatus={"coding": [{"code": "active"}]},
    )
    prefetch = {"conditions": bundle(sciatica), "observations": bundle(residual)}
    return json.dumps(hook_request(prefetch)).encode()


def current_version() -> int:
    """The version of the criterion that the example's first sign-off is about."""
    text = (ROOT / "knowledge" / "criteria" / f"{CES}.yaml").read_text(encoding="utf-8")
    found = re.search(r"^version: (\d+)$", text, re.MULTILINE)
    assert found is not None
    return int(found[1])


def copied(to: Path) -> Path:
    """The example with its sign-offs of today's version, and one more of a version before."""
    shutil.copytree(EXAMPLE, to)
    path, version = to / "sign-offs.yaml", current_version()
    first = path.read_text(encoding="utf-8").split("  - criterion: saddle")[0]
    path.write_text(re.sub(r"version: \d+", f"version: {version}", first), encoding="utf-8")
    return to


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    bare = {key: value for key, value in os.environ.items() if not key.startswith("BACKFLAG_")}
    return subprocess.run(
        [*COMMAND, *arguments], env=bare | variables, cwd=ROOT, timeout=PATIENCE,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = copied(tmp_path_factory.mktemp("site") / "own")
    one = Server(workers=1, settings={"BACKFLAG_SITE_DIR": str(folder)})
    one.start()
    yield one
    if one.process.returncode is None:
        one.stop()


@pytest.fixture(scope="module")
def explained(server: Server) -> dict[str, Any]:
    status, body = server.call(EXPLAIN, request())
    assert status == HTTPStatus.OK
    return body


def criterion(body: dict[str, Any], name: str) -> dict[str, Any]:
    (one,) = (one for one in body["criteria"] if one["id"] == name)
    return dict(one)


def test_the_card_shows_what_the_site_has_set(server: Server) -> None:
    status, body = server.call(SERVICE, request())
    assert status == HTTPStatus.OK
    (card,) = body["cards"]
    assert card["summary"] == "Suspected cauda equina syndrome: ED now, emergency MRI"
    detail = card["detail"]
    assert "over 150 mL" in detail
    assert "This site uses residual over 150 mL (default 200 mL)." in detail
    assert "**Phone**: spinal surgeons on call 555 0100." in detail
    signed = "signed off here for this criterion by lead consultant of the spinal unit, 26 Nov 2026"
    assert signed in detail
    assert "Dr A" not in detail
    assert "555 0199" not in detail


def test_a_draft_order_has_the_sites_orderable_first(server: Server) -> None:
    _, body = server.call(SERVICE, request())
    drafts = [one["actions"][0]["resource"] for one in body["cards"][0]["suggestions"]]
    codings = {one["code"]["text"]: one["code"].get("coding", []) for one in drafts}
    mri = codings["MRI lumbosacral spine without contrast"]
    assert (mri[0]["system"], mri[0]["code"]) == (PREFERENCE, "1234567")
    assert {one["system"] for one in mri[1:]} == {"http://loinc.org", "http://snomed.info/sct"}
    alone = codings["Referral to the emergency department"]
    assert [one["system"] for one in alone] == [PREFERENCE]
    assert PREFERENCE not in {
        one["system"] for one in codings["Post-void residual by bladder scan"]
    }
    told = {note["text"] for one in drafts for note in one["note"]}
    assert any(f"{CES} (version {current_version()}, signed off here)" in text for text in told)


def test_explain_says_who_signed_and_what_was_moved(explained: dict[str, Any]) -> None:
    assert explained["site"] == {"name": "St. Elsewhere Hospital"}
    one = criterion(explained, CES)
    assert (one["outcome"], one["version"]) == ("met", current_version())
    assert one["signedOff"] == {
        "who": "Dr A. Example",
        "role": "lead consultant of the spinal unit",
        "date": "2026-11-26",
    }
    (moved,) = one["site"]["parameters"]
    assert (moved["name"], moved["value"], moved["default"]) == ("chart.pvr", 150, 200)
    assert "signedOff" not in criterion(explained, "bladder-bowel-dysfunction")


def test_explain_says_that_a_criterion_is_off_and_why(explained: dict[str, Any]) -> None:
    off = criterion(explained, "transverse-myelitis")
    assert (off["outcome"], off["heldBackBy"]) == ("not-met", ["site"])
    assert "neurology network" in off["reasons"][0]
    assert "neurology network" in off["site"]["switchedOff"]["why"]
    assert criterion(explained, "mechanical-postural")["heldBackBy"] == ["site"]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_start_tells_once_what_the_site_has_set(tmp_path: Path, workers: int) -> None:
    folder = copied(tmp_path / "own")
    signed = folder / "sign-offs.yaml"
    signed.write_text(
        signed.read_text(encoding="utf-8").replace(f"version: {current_version()}", "version: 1"),
        encoding="utf-8",
    )
    one = Server(workers=workers, settings={"BACKFLAG_SITE_DIR": str(folder)})
    one.start()
    lines = [json.loads(line) for line in one.stop().splitlines()]
    (site,) = (line for line in lines if line["event"] == "site folder in use")
    assert site["site"] == "St. Elsewhere Hospital"
    off = {line["criterion"]: line for line in lines if line["event"] == "criterion switched off"}
    assert "neurology network" in off["transverse-myelitis"]["why"]
    assert off["transverse-myelitis"]["level"] == "warning"
    silent = {line["criterion"]: line for line in lines if line["event"] == "criterion silent"}
    assert set(silent) == {"multiple-sclerosis", "spondylolisthesis"}
    assert "four weeks" in silent["multiple-sclerosis"]["why"]
    assert silent["multiple-sclerosis"]["level"] == "warning"
    moved = [line["number"] for line in lines if line["event"] == "number moved"]
    assert "chart.pvr 150 mL (default 200 mL)" in moved
    old = [line["why"] for line in lines if line["event"] == "sign-off does not count"]
    said = f"signed off for version 1, now {current_version()}"
    assert old == ([said] if current_version() > 1 else [])


@pytest.mark.parametrize("arguments", [("serve", "--port", "0"), ("serve", "--workers", "2"),
                                       ("check", "-"), ("explain", "-")])  # fmt: skip
def test_a_wrong_folder_stops_the_start_with_file_and_line(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    text = "site: Us\nswitched_off:\n  - criterion: cauda-equina-syndrome\n"
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "codes.yaml").write_text("kodes: []\n", encoding="utf-8")
    done = run(*arguments, BACKFLAG_SITE_DIR=str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    lines = done.stderr.splitlines()
    if "--workers" in arguments:  # whoever looks after them logs that they start and end
        lines = [line for line in lines if not line.startswith("{")]
    head, *told = lines
    assert head == "backflag: the site's folder cannot be used:"
    assert any(line.startswith(f"{tmp_path}/codes.yaml:1: ") for line in told)
    why = (
        "site.yaml:3: switched_off.0: cauda-equina-syndrome can be an emergency: say why it is off"
    )
    assert f"{tmp_path}/{why}" in told


def test_a_folder_that_is_not_there_is_named_by_its_variable(tmp_path: Path) -> None:
    done = run("serve", "--port", "0", BACKFLAG_SITE_DIR=str(tmp_path / "none"))
    assert done.returncode == 2
    assert done.stderr.startswith("backflag: BACKFLAG_SITE_DIR: ")
    assert done.stderr.count("\n") == 1


def test_the_command_line_judges_as_the_service_does(tmp_path: Path) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(request())
    folder = copied(tmp_path / "own")
    with_site = run("check", str(file), "--format", "json", BACKFLAG_SITE_DIR=str(folder))
    without = run("check", str(file), "--format", "json")
    critical = [
        [card["indicator"] for card in json.loads(done.stdout)["cards"]]
        for done in (with_site, without)
    ]
    assert critical == [["critical"], []]
    told = run("explain", str(file), BACKFLAG_SITE_DIR=str(folder)).stdout
    assert "site St. Elsewhere Hospital" in " ".join(told.split())
    assert "held back by: site" in told


def test_lint_checks_a_sites_folder(tmp_path: Path) -> None:
    folder = copied(tmp_path / "own")
    assert str(folder) not in run("knowledge", "lint", "--site", str(folder)).stdout
    (tmp_path / "site.yaml").write_text("site: Us\nlogo: x\n", encoding="utf-8")
    for done in (
        run("knowledge", "lint", "--site", str(tmp_path)),
        run("knowledge", "lint", BACKFLAG_SITE_DIR=str(tmp_path)),
    ):
        assert done.returncode == 1
        assert f"{tmp_path}/site.yaml:2: logo: Extra inputs" in done.stdout


def test_the_example_is_right_as_it_stands() -> None:
    done = run("check", "knowledge/patients/us-saddle-numbness.request.json",
               BACKFLAG_SITE_DIR=str(EXAMPLE))  # fmt: skip
    assert done.returncode == 0
    assert "ED now" in done.stdout


def test_the_example_is_not_installed_with_the_software() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    shipped = re.search(r"^packages = \[(.*)\]$", project, re.MULTILINE)
    assert shipped is not None
    assert EXAMPLE.relative_to(ROOT).parts[0] not in shipped[1]
