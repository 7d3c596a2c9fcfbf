from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from knowledge.checks.sentence_file import SENTENCES, Sentence, Table, Trap, load_sentences
from knowledge.checks.sentence_report import Report
from knowledge.checks.sentences import read_all
from knowledge.language.files import KnowledgeError
from knowledge.library import Library, load_library

NEW = """
least: {value: 97, unit: "%", basis: local-choice}
brings: {saddle-numbness: [numbness], numbness: [], leg-power: [leg-weakness]}
batches:
  only:
    - name: in short
      trap: TRAP
      text: TEXT
      read: READ
"""


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def report(library: Library) -> Report:
    table = load_sentences(library.findings)
    return Report(table, read_all(library, table))


def sentences(table: Table) -> list[Sentence]:
    return [one for batch in table.batches.values() for one in batch]


def test_the_table_is_read_right_in_at_least_97_of_100(report: Report) -> None:
    assert report.table.least.value >= 97
    assert report.share >= report.table.least.value, "\n".join(report.lines)


def test_each_batch_is_read_right_in_at_least_97_of_100(report: Report) -> None:
    for batch in report.table.batches:
        own = Report(report.table, [one for one in report.readings if one.batch == batch])
        assert own.share >= report.table.least.value, "\n".join(own.lines)


def test_no_trap_that_tells_of_nothing_raises_a_red_flag(report: Report) -> None:
    loud = {one.sentence.text: one.raised for one in report.readings if one.raised}
    assert not loud


def test_there_are_at_least_340_sentences_half_of_them_traps_and_none_twice(
    report: Report,
) -> None:
    found = sentences(report.table)
    assert len(found) >= 340
    assert sum(one.trap is not None for one in found) >= len(found) / 2
    assert not [text for text, times in Counter(one.text for one in found).items() if times > 1]


@pytest.mark.parametrize("trap", Trap)
def test_each_kind_of_trap_stands_in_at_least_five_sentences(report: Report, trap: Trap) -> None:
    assert sum(one.trap is trap for one in sentences(report.table)) >= 5


def test_each_watched_finding_is_there_in_one_sentence_and_not_there_in_another(
    library: Library, report: Report
) -> None:
    found = sentences(report.table)
    for name in report.table.brings:
        told = [one for one in found if name in one.read]
        assert [one for one in told if one.read[name].claims], name
        quiet = [one for one in told if not one.read[name].claims]
        assert quiet or library.findings[name].measure, name


def read_one(library: Library, path: Path, text: str, read: str, trap: str = "scope") -> Report:
    content = NEW.replace("TEXT", repr(text)).replace("READ", read).replace("TRAP", trap)
    path.write_text(content, encoding="utf-8")
    table = load_sentences(library.findings, path)
    return Report(table, read_all(library, table))


@pytest.mark.parametrize(
    ("text", "read", "wrong"),
    [
        ("Saddle numbness", "{saddle-numbness: present}", None),
        ("Saddle numbness", "{saddle-numbness: absent or present}", None),
        ("Saddle numbness", "{saddle-numbness: absent}", "expected absent, got present"),
        ("Saddle numbness", "{}", "saddle-numbness: expected nothing, got present"),
        ("No saddle numbness", "{}", "saddle-numbness: expected nothing, got absent"),
        ("Saddle numbness?", "{}", None),
        ("Numb left leg", "{numbness: {side: [left]}}", None),
        ("Numb left leg", "{numbness: {side: [right]}}", "expected present, side right, got"),
        ("Numb left leg", "{numbness: {side: [left, right]}}", "side left, right, got"),
        ("Numb left leg", "{numbness: {site: [site-leg]}}", None),
        ("Numb left leg", "{numbness: {site: [site-foot]}}", "site site-foot, got"),
        ("Numb left leg for 3 days", "{numbness: {days: 3}}", None),
        ("Numb left leg for 3 weeks", "{numbness: {days: 3}}", "3 days, got present"),
        ("Power left leg 3/5, right leg 5/5", "{leg-power: {value: 3, side: [left]}}", None),
        ("Power left leg 3/5, right leg 5/5", "{leg-power: {value: 5}}", "value 5, got"),
    ],
)
def test_a_reading_is_compared_with_what_is_expected(
    library: Library, tmp_path: Path, text: str, read: str, wrong: str | None
) -> None:
    found = read_one(library, tmp_path / "sentences.yaml", text, read)
    assert found.fine is (wrong is None)
    assert wrong is None or any(wrong in line for line in found.lines)


def test_a_red_flag_out_of_a_denial_fails_whatever_the_share(
    library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "sentences.yaml"
    read = "{saddle-numbness: nothing}"
    found = read_one(library, path, "Saddle numbness", read, "negation")
    assert found.readings[0].raised == ("saddle-numbness", "numbness")
    assert "    a red flag out of nothing: saddle-numbness, numbness" in found.lines
    assert "1 of 1 traps that tell of nothing raise a red flag" in found.lines


def test_the_figures_tell_batches_and_kinds_apart(report: Report) -> None:
    lines = report.lines[-len(report.table.batches) - len(Trap) - 3 :]
    assert lines[0].startswith(f"sentences: {sum(one.right for one in report.readings)} of ")
    assert {line.split(":")[0] for line in lines[2:-1]} == {
        *(f"  {trap}" for trap in Trap),
        *(f"batch {batch}" for batch in report.table.batches),
    }


@pytest.mark.parametrize(
    ("read", "trap", "wrong"),
    [
        ("{saddle-nubmness: absent}", "scope", "saddle-nubmness: is no finding"),
        ("{saddle-numbness: denied}", "scope", "sentences.yaml:9"),
        ("{saddle-numbness: absent}", "irony", "trap"),
    ],
)
def test_a_wrong_table_is_refused_with_file_and_line(
    library: Library, tmp_path: Path, read: str, trap: str, wrong: str
) -> None:
    with pytest.raises(KnowledgeError, match=wrong):
        read_one(library, tmp_path / "sentences.yaml", "numb", read, trap)


def test_the_table_stands_beside_the_cues() -> None:
    assert SENTENCES.with_name("cues.yaml").is_file()
