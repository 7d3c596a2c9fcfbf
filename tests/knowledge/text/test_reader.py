from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.text import (
    CUES,
    PhraseSet,
    TextReader,
    load_cues,
    make_cues,
    normalise,
)

PHRASES = {
    "numb": PhraseSet("numb", ("numb*", "numb* ... (perineum|perianal)"), ("numbers",)),
    "weak": PhraseSet("weak", ("weak*",)),
    "tone": PhraseSet("tone", ("anal tone",)),
}


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(PHRASES, load_cues())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Can't FEEL", "cant feel"),
        ("Lhermitte’s sign", "lhermittes sign"),
        ("foot-drop/weak", "foot drop weak"),
        ("Power 4+/5, 4-/5", "power 4+/5 , 4-/5"),
        ("?CES", "¿ ces"),
        ("numb?", "numb ?"),
        ("é È ö", "e e o"),
        ("38.5 C.", "38.5 c ."),
        ("H.O. pain", "h o pain"),
        ("a\n\n- b", "a • b"),
        ("- b", "b"),
        ("numb -ve +ve", "numb ⊖ ⊕"),
        ("pain - no", "pain - no"),
        ("pain; numb", "pain ; numb"),
        ("pain;\nnumb", "pain ; numb"),
        ("risks incl. numbness", "risks incl numbness"),
        ("incl.", "incl ."),
        ("<b>numb</b>", "numb"),
        ("", ""),
    ],
)
def test_text_becomes_words_and_marks(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    ("text", "value", "unit", "kind"),
    [
        ("for 3 days", 3, "d", "for"),
        ("3-day history", 3, "d", "for"),
        ("3d hx", 3, "d", "for"),
        ("x 2/52", 2, "wk", "for"),
        ("3/7", 3, "d", "for"),
        ("2/12", 2, "mo", "for"),
        ("2/52 ago", 2, "wk", "ago"),
        ("since yesterday", 1, "d", "for"),
        ("started yesterday", 1, "d", "ago"),
        ("since this morning", 24, "h", "for"),
        ("two weeks ago", 2, "wk", "ago"),
        ("a week", 1, "wk", "for"),
        ("twelve months", 12, "mo", "for"),
        ("in the last 24 hours", 24, "h", "for"),
        ("over the past 2 weeks", 2, "wk", "for"),
        ("a couple of days", 2, "d", "for"),
        ("2-3 days", 3, "d", "for"),
        ("1.5 years", 1.5, "a", "for"),
        ("30 minutes", 0.5, "h", "for"),
        ("a fortnight", 2, "wk", "for"),
        ("10yrs ago", 10, "a", "ago"),
    ],
)
def test_a_time_is_read(reader: TextReader, text: str, value: float, unit: str, kind: str) -> None:
    (found,) = reader.durations(text)
    assert (found.value, found.unit, found.kind) == (value, unit, kind)


@pytest.mark.parametrize(
    "text",
    ["60 year old", "45yo", "review in 2/52", "every 2 days", "power 4/5", "12/12/2026", "L4/5",
     "3 days later", "ah", "within 3 days", "2026-10-12"],
)  # fmt: skip
def test_an_age_an_interval_or_a_time_to_come_is_no_duration(reader: TextReader, text: str) -> None:
    assert reader.durations(text) == ()


def test_a_mention_gives_its_place_in_the_normalised_text(reader: TextReader) -> None:
    text = "Pain. No  NUMBNESS (left), weak"
    found = reader.read(text)
    whole = reader.normalise(text)
    assert [whole[one.start : one.end] for one in found] == ["numbness", "weak"]


def test_a_clause_has_its_label_and_its_answer_but_not_what_follows_but(
    reader: TextReader,
) -> None:
    assert reader.read("Left leg: numbness but right leg fine")[0].clause == "left leg : numbness"
    assert reader.read("Numbness: left leg. Right leg fine")[0].clause == "numbness : left leg"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Numb R leg", "numb right leg"),
        ("r/o numbness", "r o numbness"),
        ("P.R. numb", "p r numb"),
        ("HR 80, R 16, numb", "hr 80 , r 16 , numb"),
        ("R 4+/5 L 5/5", "right 4+/5 left 5/5"),
        ("weak L>R", "weak left and right"),
        ("P+N in L foot", "pins and needles in left foot"),
        ("can no longer feel", "cannot feel"),
        ("no PU", "no pass urine"),
        ("Numb [ ] weak [x]", "☐ numb ☑ weak"),
        ("[ ] numb [x] weak", "☐ numb ☑ weak"),
        ("Numb Y [ ] N [x]", "numb : ☐ y ☑ n"),
        ("Numb: [x] yes [ ] no", "numb : ☑ yes ☐ no"),
    ],
)
def test_short_forms_are_written_out_and_boxes_stand_before_what_they_tick(
    reader: TextReader, text: str, expected: str
) -> None:
    assert reader.normalise(text) == expected


READINGS = [
    ("mother had numbness", "family"),
    ("father numb", "family"),
    ("her brother's numbness", "family"),
    ("mother is also numb", "family"),
    ("friend recently had numbness", "family"),
    ("husband with weakness and numbness", "family"),
    ("his wife is numb", "family"),
    ("wife has noticed numbness", "present"),
    ("attended with wife with numb legs", "present"),
    ("wife worried, numb legs", "present"),
    ("mother has weakness, numb since Monday", "present"),
    ("FH: weakness; numbness", "family"),
    ("return if: weakness; numbness", "hypothetical"),
    ("return if weakness; or numbness", "hypothetical"),
    ("return if: weakness; now numb", "present"),
    ("return if worse; numb", "present"),
    ("return if worse, numb today", "present"),
    ("return if worse, numb or weak", "hypothetical"),
    ("go to the ER for: weakness, numbness", "hypothetical"),
    ("go to the ER for any of these: numbness", "hypothetical"),
    ("call 999 if numb", "hypothetical"),
    ("went to the ER for numbness", "present"),
    ("denies: weakness; numbness", "absent"),
    ("denies: weakness; numb for 3 days", "present"),
    ("pain has not changed, numb leg", "present"),
    ("not weak, numb or cold", "absent"),
    ("weakness yes, numbness no", "absent"),
    ("numbness no weakness", "present"),
    ("any of: weakness, numbness - none", "absent"),
    ("numbness, weakness - none", "present"),
    ("weakness? A: no. numbness? A: yes", "present"),
    ("numbness? A: no", "absent"),
    ("had numbness after a fall in 2018, resolved", "past"),
    ("had numbness since noon, pain resolved", "present"),
    ("numbness after a fall - resolved", "past"),
    ("numbness, headache, resolved", "present"),
    ("previous numbness 10 years ago", "past"),
]


@pytest.mark.parametrize(("text", "said"), READINGS)
def test_who_has_it_when_and_under_which_condition(
    reader: TextReader, text: str, said: str
) -> None:
    last = [one for one in reader.read(text) if one.phrases == "numb"][-1]
    assert last.assertion == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("anal tone N", "normal"),
        ("anal tone: reduced", "abnormal"),
        ("anal: tone reduced", "abnormal"),
        ("anal tone: intact", "normal"),
        ("no anal tone loss", "normal"),
    ],
)
def test_a_function_is_read_behind_a_colon_and_before_a_noun_of_loss(
    reader: TextReader, text: str, said: str
) -> None:
    (found,) = reader.read(text)
    assert found.quality == said


def test_an_n_behind_the_colon_of_a_function_may_be_normal_or_no(reader: TextReader) -> None:
    (found,) = reader.read("anal tone: N")
    assert (found.assertion, found.quality) == ("unknown", None)


def test_words_that_only_describe_do_not_come_between_a_finding_and_its_cue() -> None:
    beside = {
        "site-leg": PhraseSet("site-leg", ("leg", "calf")),
        "side-left": PhraseSet("side-left", ("left",)),
        "answer-absent": PhraseSet("answer-absent", ("no", "absent")),
        "answer-normal": PhraseSet("answer-normal", ("intact",)),
        "qualifier-worse": PhraseSet("qualifier-worse", ("not improved",)),
    }
    reader = TextReader(PHRASES | beside, load_cues())
    expected = {
        "numbness left leg resolved": "past",
        "no left leg calf numbness": "absent",
        "numbness not improved": "present",
        "no numbness": "absent",
        "numbness: no": "absent",
        "numbness - absent": "absent",
        "anal tone intact": "normal",
        "no anal tone": "abnormal",
        "numbness weakness resolved": "present",
    }
    for text, said in expected.items():
        found = next(one for one in reader.read(text) if one.phrases in ("numb", "tone"))
        assert (found.quality or found.assertion) == said, text


def test_no_phrases_no_mentions() -> None:
    assert TextReader({}, load_cues()).read("numb") == ()


def test_the_text_behind_the_longest_is_not_read(reader: TextReader) -> None:
    padding = "x" * reader.longest
    assert reader.read(f"{padding} numb") == ()
    assert len(reader.read(f"numb {padding}")) == 1


@pytest.mark.parametrize(
    "piece",
    ["no ", "numb ", "numb, ", "no numb ", "numb perineum ", "numb: ", "numb\n- ", "numb? ", "? ",
     "numb for 3 days, ", "and numb ", "no longer no change in ", "a.", "<a", "(", "[ ] ", "1/",
     "3/7 ", "é", "numb (no) ", "anal tone reduced and ", "no anal tone, ", "numb all denied ",
     "not ", "numb but ", "if numb ", "\t", "numb _ ", "numb x y z ", "numb ¿ no ", "numb; or ",
     "if; or ", "numb [ ] ", "[x] ", "had numb in 2019 ", "had numb, ", "r l ", "p n ", "anal: ",
     "mother numb ", "mother ", "wife has ", "numb - ", "any numb - no", "numb incl. ",
     "numb, gone "],
)  # fmt: skip
def test_a_megabyte_of_anything_ends_soon(reader: TextReader, piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    start = time.process_time()
    reader.read(text)
    reader.durations(text)
    assert time.process_time() - start < 1


def test_twice_the_text_takes_no_more_than_about_twice_the_time() -> None:
    data = cue_file()
    data["limits"]["longest-text"]["value"] = 1_000_000
    reader = TextReader(PHRASES, make_cues(data))
    for piece in ("no numb, ", "numb\n- ", "numb or weak ", "numb but ", "numb: ", "numb; or ",
                  "had numb in 2019 ", "anal: "):  # fmt: skip
        short, long = (spent(reader, piece * count) for count in (1000, 4000))
        assert long < 10 * short + 0.05, piece


def spent(reader: TextReader, text: str) -> float:
    """The least of some runs: noise only ever adds."""
    runs = []
    for _ in range(3):
        start = time.process_time()
        reader.read(text)
        runs.append(time.process_time() - start)
    return min(runs)


def cue_file() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(CUES.read_text(encoding="utf-8"))
    return data


def test_a_window_comes_from_the_cue_file() -> None:
    text = "no one two three four numbness"
    assert TextReader(PHRASES, load_cues()).read(text)[0].assertion == "absent"
    data = cue_file()
    data["limits"]["before"]["value"] = 4
    assert TextReader(PHRASES, make_cues(data)).read(text)[0].assertion == "present"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("no one two three four five numbness", "no one two three four five six numbness"),
        ("numbness one two resolved", "numbness one two three resolved"),
    ],
)
def test_a_cue_counts_on_the_last_word_of_its_window_and_not_one_further(
    reader: TextReader, before: str, after: str
) -> None:
    assert reader.read(before)[0].assertion in ("absent", "past")
    assert reader.read(after)[0].assertion == "present"


def test_another_language_is_read_beside_english() -> None:
    data = cue_file()
    german = yaml.safe_load(yaml.safe_dump(data["en"]))
    german["cues"] = {kind: {use: [] for use in uses} for kind, uses in data["en"]["cues"].items()}
    german["cues"]["negation"]["before"] = ["kein", "keine"]
    data["de"] = german
    reader = TextReader(PHRASES, make_cues(data))
    assert reader.read("keine numbness")[0].assertion == "absent"
    assert reader.read("no numbness")[0].assertion == "absent"


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"limits": None}, "limits"),
        ({"limits": {"before": 6}}, "is missing"),
        ({"en": {}}, "en: cues is missing"),
        ({"en": {"cues": {}}}, "is missing"),
        ({False: {}}, "quotes"),
    ],
)
def test_a_broken_cue_file_is_refused(change: dict[Any, Any], wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        make_cues(cue_file() | change)


def test_a_cue_that_yaml_takes_for_false_is_refused() -> None:
    data = cue_file()
    data["en"]["cues"]["negation"]["before"].append(False)
    with pytest.raises(ValueError, match=r"en cues negation before: False .* quotes"):
        make_cues(data)


def test_an_entry_may_hold_alternatives_and_words_that_can_be_left_out() -> None:
    data = cue_file()
    data["en"]["cues"]["negation"]["before"] = ["(free|clear) [and free] of"]
    reader = TextReader(PHRASES, make_cues(data))
    said = {text: reader.read(text)[0].assertion for text in ("clear of numbness", "of numbness")}
    assert said == {"clear of numbness": "absent", "of numbness": "present"}
    assert reader.read("free and free of numbness")[0].assertion == "absent"


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ("(a|b", "missing"),
        ("(a|b) ...", "gap"),
        ("num* [x]", "neither"),
        (" ".join(["(a|b|c|d|e|f)"] * 4), "stands for 1296 expressions"),
    ],
)
def test_an_entry_that_stands_for_too_much_is_refused(entry: str, wrong: str) -> None:
    data = cue_file()
    data["en"]["cues"]["negation"]["before"].append(entry)
    with pytest.raises(ValueError, match=wrong):
        make_cues(data)


def test_an_unknown_section_or_limit_is_refused() -> None:
    data = cue_file()
    data["en"]["cues"]["negations"] = {}
    with pytest.raises(ValueError, match="negations is not known here"):
        make_cues(data)
    data = cue_file()
    data["limits"]["before"]["value"] = 0
    with pytest.raises(ValueError, match="above 0"):
        make_cues(data)


def test_the_name_of_a_broken_cue_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cues.yaml"
    path.write_text("limits: [", encoding="utf-8")
    with pytest.raises(ValueError, match=r"cues\.yaml"):
        load_cues(path)
