from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.text import PhraseSet, TextReader, load_cues, load_phrases, phrase_set
from knowledge.text.phrases import parse, stems

VALUE_SETS = Path(__file__).parents[3] / "knowledge" / "valuesets"


def finds(phrase: str, text: str, unless: tuple[str, ...] = ()) -> bool:
    reader = TextReader({"one": PhraseSet("one", (phrase,), unless)}, load_cues())
    return bool(reader.read(text))


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("foot-drop", "Foot drop"),
        ("foot drop", "left FOOT-DROP, new"),
        ("foot drop", "foot/drop"),
        ("foot drop", "foot: drop"),
        ("foot [is] (drop|floppy)", "foot: floppy"),
        ("numb*", "Numbness"),
        ("numb*", "numb"),
        ("mri*", "MRIs"),
        ("(rta|rtc|mva)", "after RTC"),
        ("(motor vehicle|car) (crash|accident)", "motor vehicle accident"),
        ("between [the] legs", "between legs"),
        ("between [the|his] legs", "between his legs"),
        ("numb ... perineum", "numb in the whole of perineum"),
        ("numb ... perineum", "numb perineum"),
        ("can't feel", "cant feel"),
        ("can't feel", "can’t feel"),
        ("guillain barré", "Guillain-Barre"),
        ("l5 myotome", "L5 myotome"),
        ("4+/5", "power 4+/5"),
        ("4/5", "power 4 / 5"),
        ("b12 defici*", "B12 deficiency"),
        ("taubheit* ... sattel", "Taubheitsgefühl im Sattel"),
    ],
)
def test_a_phrase_is_found(phrase: str, text: str) -> None:
    assert finds(phrase, text)


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("numb", "number"),
        ("numb", "benumb"),
        ("foot drop", "foot. drop"),
        ("foot drop", "foot, drop"),
        ("foot drop", "foot? drop"),
        ("numb ... perineum", "numb toes: perineum"),
        ("numb ... perineum", "numb one two three four five six perineum"),
        ("numb ... perineum", "numb foot; perineum"),
        ("numb ... perineum", "numb foot not perineum"),
        ("numb ... perineum", "numb foot, perineum normal"),
        ("(rta|rtc)", "certain"),
        ("4/5", "4+/5"),
        ("4/5", "L4/5"),
    ],
)
def test_a_phrase_is_not_found(phrase: str, text: str) -> None:
    assert not finds(phrase, text)


def test_a_look_alike_that_is_but_its_end_does_not_cancel_a_phrase_without_a_gap() -> None:
    assert finds(
        "urinary or faecal incontinence", "urinary or faecal incontinence", ("faecal inc*",)
    )
    assert not finds("incontinence", "faecal incontinence", ("faecal inc*",))
    assert not finds("urinary ... incontinence", "urinary or faecal incontinence", ("faecal inc*",))


def test_a_look_alike_cancels_what_it_overlaps_and_nothing_else() -> None:
    assert not finds("saddle", "saddle fit", unless=("saddle fit",))
    assert finds("saddle", "saddle fit, saddle numb", unless=("saddle fit",))


def test_the_longest_of_overlapping_phrases_is_the_mention() -> None:
    phrases = PhraseSet("one", ("saddle", "numb saddle area", "area"))
    found = TextReader({"one": phrases}, load_cues()).read("numb saddle area")
    assert [(one.start, one.end) for one in found] == [(0, 16)]


@pytest.mark.parametrize(
    ("phrase", "wrong"),
    [
        ("", "no word"),
        ("[the]", "always there"),
        ("[a] [b]", "always there"),
        ("(the|[a])", "always there"),
        ("... numb", "both sides"),
        ("numb ...", "both sides"),
        ("numb ... ... leg", "in a row"),
        ("a ... b ... c ... d", "more than two"),
        ("nu*", "at least 3 letters"),
        ("*", "is no word"),
        ("n*mb", "word's end"),
        ("(numb|tingl*", "missing"),
        ("numb)", "closes nothing"),
        ("(numb|)", "empty"),
        ("(numb]", "expected"),
        ("(numb ... leg|x)", "inside brackets"),
        ("numb, leg", "ends a clause"),
        ("numb?", "ends a clause"),
        ("a | b", "closes nothing"),
    ],
)
def test_a_broken_phrase_is_refused_with_its_name_and_the_reason(phrase: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong) as refusal:
        parse(phrase)
    assert repr(phrase) in str(refusal.value)


def test_every_match_holds_one_of_the_stems() -> None:
    assert stems(parse("loss of sensation")) == {"sens"}
    assert stems(parse("numb* ... (perineum|perianal)")) == {"peri"}
    assert stems(parse("numb* ... (perineum|groin)")) == {"numb"}
    assert stems(parse("(rta|car crash)")) == {"rta", "cras"}
    assert stems(parse("mri*")) == {"mri*"}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "language tags"),
        ("- numb", "language tags"),
        ("no: [numb]", "quotes"),
        ("english: [numb]", "language tag"),
        ("en: numb", "list"),
        ("en: []", "list"),
        ("en: [12]", "quotes"),
        ("unless: [numb]", "no phrase"),
        ("en: ['(numb']", "missing"),
        ("en: [", "not YAML"),
    ],
)
def test_a_broken_phrase_file_is_refused_with_its_name(
    tmp_path: Path, text: str, wrong: str
) -> None:
    path = tmp_path / "some-finding.phrases.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=wrong) as refusal:
        load_phrases(path)
    assert path.name in str(refusal.value)


def test_a_phrase_file_holds_several_languages_and_look_alikes(tmp_path: Path) -> None:
    path = tmp_path / "saddle-numbness.phrases.yaml"
    text = "en: [numb saddle]\nde-CH: [Reithosen*]\nunless: [saddle fit]\n"
    path.write_text(text, encoding="utf-8")
    expected = PhraseSet("saddle-numbness", ("numb saddle", "Reithosen*"), ("saddle fit",))
    assert load_phrases(path) == expected


def test_a_set_can_be_made_from_a_mapping() -> None:
    assert phrase_set("x", {"en": ["numb"]}) == PhraseSet("x", ("numb",))


def test_all_phrase_files_of_the_house_load() -> None:
    found = [load_phrases(path) for path in sorted(VALUE_SETS.glob("*.phrases.yaml"))]
    TextReader({one.id: one for one in found}, load_cues())
