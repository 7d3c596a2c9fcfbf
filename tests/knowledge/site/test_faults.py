"""A site's folder with one thing wrong: said with file, line and place, and never used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from knowledge.language.files import KnowledgeError
from knowledge.site.folder import SiteError
from knowledge.site.loading import load_site
from knowledge.site.shipped import Shipped

TODAY = date(2026, 11, 1)
Faults = Callable[[], list[str]]

NUMBERS = "site: Us\nparameters:\n  "
WHY = "    why: Our own audit of last year says so.\n"
PVR = f"{NUMBERS}chart.pvr:\n    value: 150\n    unit: mL\n{WHY}"
HBA1C = f'{NUMBERS}diabetic-neuropathy.uncontrolled:\n    value: 8.5\n    unit: "%"\n'
SIGNED = "sign_offs:\n  - criterion: cauda-equina-syndrome\n    version: 1\n    who: A\n"
SIGNED += "    role: consultant\n    date: 2026-03-01\n"
ORDERS = "orders:\n  mri-lumbar-soon:\n    codings:\n"
CODING = '      - {system: "urn:x", code: "1", display: MRI}\n'
CODES = "codes:\n  - value_set: perianal-sensation\n    system: https://us.example/codes\n"
CODES += f'    code: "1"\n    display: Perianal\n{WHY}'
REASON = "    why: Our own system judges this already.\n"


def instead(old: str, new: str, text: str) -> str:
    assert old in text, "the test changes nothing"
    return text.replace(old, new)


SITE_FAULTS = [
    ("er: ED\n", 1, "site: Field required"),
    ("site: Us\nlogo: x.png\n", 2, "logo: Extra inputs"),
    ("site: Us\nsite: Them\n", 2, "stands twice"),
    ("site: [Us\n", 2, "expected"),
    ("site: Us <b>\n", 1, "site: has a character that would be markup"),
    ("site: Us\ner: ''\n", 2, "er: String should have at least 1"),
    (f"site: Us\ner: {'Emergency Department of the Old Hospital on the Hill, Entrance C'}\n", 2,
     "er: makes a summary of "),
    # Numbers
    (instead("chart.pvr", "chart.pvx", PVR), 4, "parameters.chart.pvx: there is no such number"),
    (instead("chart.pvr", "pvr", PVR), 4, "parameters.pvr"),
    (instead("chart.pvr", "saddle-anaesthesia.acute", PVR), 4, "is told at chart.acute"),
    (instead("chart.pvr", "chart.chronic", PVR), 4, "has no bounds: a site may not move it"),
    (instead("unit: mL", "unit: L", PVR), 4, "needs a value in mL"),
    (instead("150", "201", PVR), 4, "201 mL is outside of 100 to 200"),
    (instead("150", "99", PVR), 4, "99 mL is outside of 100 to 200"),
    (instead("150", ".nan", PVR), 4, "nan mL is outside of 100 to 200"),
    (instead("150", "low", PVR), 4, "parameters.chart.pvr.value: Input should be a valid number"),
    (instead(WHY, "", PVR), 4, "parameters.chart.pvr.why: Field required"),
    (instead(WHY, "    why: n/a\n", PVR), 6, "parameters.chart.pvr.why: is no reason"),
    (f"{NUMBERS}chart.acute:\n    value: 13\n    unit: d\n{WHY}", 4, "13 d is outside of 14 to"),
    (HBA1C + WHY, 4, "needs a value in % and, under or_in, in mmol/mol"),
    (f"{HBA1C}    or_in: [{{value: 80, unit: mmol/mol}}]\n{WHY}", 4, "80 mmol/mol is outside"),
    (f"{HBA1C}    or_in: [{{value: 53, unit: mmol/mol}}]\n{WHY}", 4,
     "8.5 % and 53 mmol/mol are not the same"),
    # Criteria
    ("site: Us\nswitched_off:\n  - criterion: no-such\n", 3, "there is no criterion no-such"),
    ("site: Us\nswitched_off:\n  - criterion: cauda-equina-syndrome\n", 3,
     "cauda-equina-syndrome can be an emergency: say why it is off"),
    ("site: Us\nswitched_off:\n  - criterion: cauda-equina-syndrome\n    why: because\n", 4,
     "switched_off.0.why: is no reason"),
    (f"site: Us\nswitched_off:\n{2 * ('  - criterion: trauma-numbness' + chr(10) + REASON)}", 5,
     "trauma-numbness stands twice"),
    ("site: Us\nsilent:\n  - criterion: no-such\n", 3, "there is no criterion no-such"),
    ("site: Us\nsilent:\n  - criterion: cauda-equina-syndrome\n", 3,
     "silent.0: cauda-equina-syndrome can be an emergency: say why it is silent"),
    ("site: Us\nsilent:\n  - criterion: cauda-equina-syndrome\n    why: because\n", 4,
     "silent.0.why: is no reason"),
    (f"site: Us\nsilent:\n{2 * ('  - criterion: trauma-numbness' + chr(10) + REASON)}", 5,
     "silent.1: trauma-numbness stands twice"),
    ("site: Us\nswitched_off:\n  - criterion: spondylolisthesis\nsilent:\n"
     "  - criterion: spondylolisthesis\n", 5,
     "silent.0: spondylolisthesis is switched off: it is either that or silent"),
    # Phones
    ("site: Us\nphones:\n  - {who: us, number: call us}\n", 3, "phones.0.number: String should"),
    ("site: Us\nphones:\n  - {who: us, number: '1', criteria: [no-such]}\n", 3,
     "there is no criterion no-such"),
]  # fmt: skip

OTHER_FAULTS = [
    # Codes
    ("codes.yaml", instead("perianal-sensation", "no-such", CODES), 2, "no value set no-such"),
    ("codes.yaml", CODES + CODES.removeprefix("codes:\n"), 7, "1 stands twice for perianal"),
    ("codes.yaml", instead("    display: Perianal\n", "", CODES), 2, "display: Field required"),
    ("codes.yaml", instead("https://us.example/codes", "ours", CODES), 3, "system: String should"),
    ("codes.yaml",
     CODES + instead("perianal-sensation", "saddle-numbness", CODES).removeprefix("codes:\n"), 7,
     "1 is in perianal-sensation too, the opposite of saddle-numbness"),
    ("codes.yaml",
     instead("https://us.example/codes", "http://snomed.info/sct", CODES), 2, "check digit"),
    ("codes.yaml",
     instead('code: "1"', "code: 69388-7",
             instead("https://us.example/codes", "http://loinc.org",
                     instead("perianal-sensation", "obs-post-void-residual", CODES))), 2,
     "69388-7 is in obs-post-void-residual already"),
    ("codes.yaml", instead('"1"', "1", CODES), 4, "code: Input should be a valid string"),
    # Orders
    ("orders.yaml", instead("mri-lumbar-soon", "mri-of-all", ORDERS) + CODING, 3,
     "orders.mri-of-all: there is no order mri-of-all"),
    ("orders.yaml", ORDERS + 2 * CODING, 5, "orders.mri-lumbar-soon.codings.1: 1 twice"),
    ("orders.yaml", "orders:\n  mri-lumbar-soon:\n    codings: []\n", 3, "at least 1 item"),
    # Sign-offs
    ("sign-offs.yaml", instead("cauda-equina-syndrome", "no-such", SIGNED), 2,
     "there is no criterion no-such"),
    ("sign-offs.yaml", instead("version: 1", "version: 1000", SIGNED), 2,
     "version 1000 of cauda-equina-syndrome does not exist"),
    ("sign-offs.yaml", instead("2026-03-01", "2026-11-02", SIGNED), 2,
     "2026-11-02 is in the future"),
    ("sign-offs.yaml", instead("2026-03-01", "2026-02-30", SIGNED), 6,
     "has a date that does not exist"),
    ("sign-offs.yaml", instead("2026-03-01", "20260301", SIGNED), 6, "is no date such as"),
    ("sign-offs.yaml", instead("    who: A\n", "", SIGNED), 2, "who: Field required"),
    ("sign-offs.yaml", instead("role: consultant", "role: '*boss*'", SIGNED), 5, "markup"),
    ("sign-offs.yaml", SIGNED + SIGNED.removeprefix("sign_offs:\n"), 7, "stands twice"),
    # Files
    ("sign-off.yaml", SIGNED, 1, "is not read: a site has site.yaml, codes.yaml, orders.yaml"),
    ("orders.yml", ORDERS + CODING, 1, "is not read"),
]  # fmt: skip


def faults(path: Path, shipped: Shipped) -> list[str]:
    with pytest.raises(SiteError) as caught:
        load_site(path, shipped, TODAY)
    assert isinstance(caught.value, KnowledgeError)
    return [str(fault) for fault in caught.value.faults]


def bare(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "site.yaml").write_text("site: Us\n", encoding="utf-8")
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("text", "line", "said"), SITE_FAULTS)
def test_what_is_wrong_in_site_yaml_is_told_with_its_line(
    tmp_path: Path, shipped: Shipped, text: str, line: int, said: str
) -> None:
    first, *_ = faults(bare(tmp_path, **{"site.yaml": text}), shipped)
    assert first.startswith(f"{tmp_path}/site.yaml:{line}: "), first
    assert said in first


@pytest.mark.parametrize(("file", "text", "line", "said"), OTHER_FAULTS)
def test_what_is_wrong_in_another_file_is_told_with_its_line(
    tmp_path: Path, shipped: Shipped, file: str, text: str, line: int, said: str
) -> None:
    (only,) = faults(bare(tmp_path, **{file: text}), shipped)
    assert only.startswith(f"{tmp_path}/{file}:{line}: "), only
    assert said in only


def test_the_pieces_that_the_faults_are_made_from_are_right(
    tmp_path: Path, shipped: Shipped
) -> None:
    right = {"site.yaml": PVR, "codes.yaml": CODES, "orders.yaml": ORDERS + CODING}
    site, _ = load_site(bare(tmp_path, **right, **{"sign-offs.yaml": SIGNED}), shipped, TODAY)
    assert (len(site.changes), len(site.codes), len(site.orders), len(site.sign_offs)) == (1,) * 4


def test_the_faults_of_all_files_are_told_at_once(tmp_path: Path, shipped: Shipped) -> None:
    path = bare(
        tmp_path,
        **{"codes.yaml": "codes: {}\n", "orders.yaml": "ordres: {}\n", "sign-offs.yaml": "x\n"},
    )
    told = " ".join(faults(path, shipped))
    assert all(name in told for name in ("codes.yaml:1", "orders.yaml:1", "sign-offs.yaml:1"))


def test_a_folder_without_site_yaml_is_told(tmp_path: Path, shipped: Shipped) -> None:
    (only,) = faults(tmp_path, shipped)
    assert only.startswith(f"{tmp_path}/site.yaml:1: cannot be read")


def test_without_a_day_of_start_no_sign_off_is_in_the_future(
    tmp_path: Path, shipped: Shipped
) -> None:
    later = instead("2026-03-01", "2126-11-02", SIGNED)
    site, _ = load_site(bare(tmp_path, **{"sign-offs.yaml": later}), shipped, None)
    assert [one.date.year for one in site.sign_offs] == [2126]
