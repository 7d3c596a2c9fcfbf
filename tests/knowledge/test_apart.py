"""What breaks inside one criterion costs that criterion; the others answer as before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from knowledge.chart.decode import read_values
from knowledge.evaluation import Evaluation, Judged, as_json
from knowledge.failing import ANCHOR, CAUTIONS, READING, SCREEN
from knowledge.giving_up import GivenUp, simply
from knowledge.language.criteria import Compiled
from knowledge.language.facts import Ignored
from knowledge.language.outcome import Check, Outcome, Situation
from knowledge.language.schema import Urgency
from knowledge.library import Library, load_library
from knowledge.reading.resources import Resources
from knowledge.work_up import Rules
from tests.conftest import ROOT
from tests.knowledge.reading.charts import NOW

PATIENTS = ROOT / "knowledge" / "patients"
SUPPLIED = frozenset(("Condition", "Observation", "ServiceRequest", "Encounter"))
SOME = (
    "already-in-the-er",
    "mechanical-strain",
    "cancer-weak-legs",
    "ms-both-legs-numb",
    "fever-after-the-order",
    "epic-oid-analyst-keys",
)


class Unforeseen(Exception):
    """What no code expects."""


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def judged(
    library: Library, name: str, go_on: Callable[[], None] = simply, without: str = ""
) -> Evaluation:
    body = msgspec.json.decode((PATIENTS / f"{name}.request.json").read_bytes())
    for value in body["prefetch"].values():
        rows = value.get("entry", []) if value else []
        rows[:] = [one for one in rows if without != named(one["resource"])]
    prefetch = {key: msgspec.json.encode(value) for key, value in body["prefetch"].items()}
    return library.judge(
        read_values(prefetch), patient_id=body["context"]["patientId"], now=NOW,
        supplied=SUPPLIED, go_on=go_on,
    )  # fmt: skip


def named(resource: dict[str, str]) -> str:
    return f"{resource['resourceType']}/{resource.get('id')}"


def breaks(situation: Situation) -> Outcome:
    raise Unforeseen(f"MARKER {situation.facts.standing}")


def overflows(situation: Situation) -> Outcome:
    return overflows(situation)


def with_checks(one: Compiled, check: Check) -> Compiled:
    return replace(one, tiers=tuple((tier, check) for tier, _ in one.tiers), silent={})


def broken(library: Library, *names: str, check: Check = breaks) -> Library:
    """The library with some of its criteria broken; none of its own memory is touched."""
    compiled = tuple(
        with_checks(one, check) if one.criterion.id in names else replace(one, silent={})
        for one in library.compiled
    )
    return replace(library, compiled=compiled)


def outcomes(evaluation: Evaluation) -> dict[str, tuple[str, Urgency | None]]:
    return {one.criterion.id: (one.outcome, one.urgency) for one in evaluation.criteria}


def one_of(evaluation: Evaluation, name: str) -> Judged:
    return next(one for one in evaluation.criteria if one.criterion.id == name)


@pytest.mark.parametrize("patient", SOME)
@pytest.mark.parametrize("check", [breaks, overflows])
def test_one_that_breaks_is_unknown_and_the_others_answer_as_before(
    library: Library, patient: str, check: Check
) -> None:
    whole = judged(library, patient)
    name = "spinal-infection"
    some = judged(broken(library, name, check=check), patient)
    assert one_of(some, name).outcome == "unknown"
    assert [one.id for one in some.failed] == [name]
    assert not some.complete
    assert not some.nothing_judged
    own = {one: found for one, found in outcomes(some).items() if one != name}
    before = outcomes(whole)
    changed = {one for one, found in own.items() if found != before[one]}
    assert all(own[one] == ("unknown", None) for one in changed)
    assert not [one for one in changed if before[one][1] in (Urgency.EMERGENCY, Urgency.URGENT)]


@pytest.mark.parametrize("patient", SOME)
def test_nothing_fails_in_a_whole_library(library: Library, patient: str) -> None:
    found = judged(library, patient)
    assert found.failed == ()
    assert found.complete
    assert not any(one.failed for one in found.criteria)


@pytest.mark.parametrize("patient", SOME)
def test_after_a_failure_the_same_library_answers_as_if_there_had_been_none(
    library: Library, patient: str
) -> None:
    before = judged(library, patient)
    judged(broken(library, *library.criteria), patient)
    assert as_json(judged(library, patient), []) == as_json(before, [])


def test_each_criterion_that_breaks_leaves_every_emergency_of_the_others(library: Library) -> None:
    whole = judged(library, "already-in-the-er")
    emergencies = {one.criterion.id for one in whole.met if one.urgency is Urgency.EMERGENCY}
    pressing = {one.criterion.id: one.pressing for one in whole.criteria}
    for name in library.criteria:
        some = judged(broken(library, name), "already-in-the-er")
        left = {one.criterion.id for one in some.met if one.urgency is Urgency.EMERGENCY}
        assert left == emergencies - {name}
        others = [one for one in some.met if one.pressing in (Urgency.EMERGENCY, Urgency.URGENT)]
        assert all(pressing[one.criterion.id] is one.pressing for one in others)


def test_a_question_that_several_ask_costs_those_that_ask_it(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken where all ask: in what a question makes of facts that stand."""
    from knowledge.language import questions

    eligible = questions._eligible

    def fails_on_numbness(leaf: questions.Leaf, *rest: object) -> object:
        if any(one.id == "saddle-numbness" for one in leaf.findings):
            raise Unforeseen("MARKER")
        return eligible(leaf, *rest)  # type: ignore[arg-type]

    whole = judged(library, "already-in-the-er")
    monkeypatch.setattr(questions, "_eligible", fails_on_numbness)
    some = judged(library, "already-in-the-er")
    failed = {one.criterion.id for one in some.criteria if one.failed}
    assert failed
    assert failed < set(library.criteria)
    asking = {one.criterion.id for one in library.compiled if "saddle-numbness" in one.names}
    assert failed <= asking
    monkeypatch.undo()
    assert as_json(judged(library, "already-in-the-er"), []) == as_json(whole, [])


def test_what_waits_for_a_broken_criterion_is_unknown_and_not_met(library: Library) -> None:
    whole = judged(library, "mechanical-strain")
    assert one_of(whole, "mechanical-postural").met
    some = judged(broken(library, "cauda-equina-syndrome"), "mechanical-strain")
    strain = one_of(some, "mechanical-postural")
    assert (strain.outcome, strain.urgency, strain.failed) == ("unknown", None, None)
    assert strain.reasons == ("it hangs on what could not be evaluated: cauda-equina-syndrome",)


def test_where_all_break_nothing_was_judged(library: Library) -> None:
    found = judged(broken(library, *library.criteria), "cancer-weak-legs")
    assert found.nothing_judged
    assert not found.complete
    assert {one.id for one in found.failed} == set(library.criteria)


def test_a_red_flag_stays_where_what_was_ordered_cannot_be_judged(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise Unforeseen("MARKER")

    monkeypatch.setattr(Rules, "settle", fails)
    found = judged(library, "cancer-weak-legs")
    assert found.emergency
    assert not found.complete
    lead = found.met[0]
    assert lead.failed
    assert lead.work_up is None
    assert "what was ordered or found since could not be evaluated" in lead.reasons


def test_the_parts_beside_the_criteria_break_alone(library: Library) -> None:
    whole = judged(library, "exam-components")
    for part, other in (
        (ANCHOR, replace(library, anchor=breaks)),
        (SCREEN, replace(library, screen=(breaks, *library.screen[1:]))),
    ):
        found = judged(other, "exam-components")
        assert {one.id for one in found.failed} == {part}
        assert outcomes(found) == outcomes(whole)
        assert not found.complete


def test_a_question_of_the_screen_that_breaks_is_asked(library: Library) -> None:
    other = replace(library, screen=tuple(breaks for _ in library.screen))
    found = judged(other, "exam-components")
    assert found.anchors
    assert found.screen_missing == tuple(library.chart.screen)


def test_a_caution_that_breaks_costs_that_caution_and_is_no_red_flag(library: Library) -> None:
    (first, _), *rest = library.cautions.checks
    cautions = replace(library.cautions, checks=((first, breaks), *rest))
    found = judged(replace(library, cautions=cautions), "pacemaker-mri-ordered-in-the-er")
    whole = judged(library, "pacemaker-mri-ordered-in-the-er")
    assert {one.id for one in found.failed} == {CAUTIONS}
    assert found.complete
    assert found.cautions == tuple(one for one in whole.cautions if one.id != first.id)


def test_a_resource_that_defeats_the_reader_is_told_and_no_other_is_lost(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Resources._read
    whole = judged(library, "exam-components")
    broken_one = whole.anchors[0].reference

    def fails(self: Resources, resource: object, reference: str) -> object:
        if reference == broken_one:
            raise Unforeseen(f"MARKER {resource}")
        return read(self, resource, reference)  # type: ignore[arg-type]

    monkeypatch.setattr(Resources, "_read", fails)
    found = judged(library, "exam-components")
    assert {one.id for one in found.failed} == {READING}
    assert not found.complete
    assert [one for one in found.ignored if one.reason == "unreadable"] == [
        Ignored(broken_one, "unreadable")
    ]
    monkeypatch.undo()
    assert outcomes(found) == outcomes(judged(library, "exam-components", without=broken_one))


def test_what_is_kept_of_a_failure_holds_no_word_of_the_chart(library: Library) -> None:
    found = judged(broken(library, "cauda-equina-syndrome"), "cancer-weak-legs")
    (failed,) = found.failed
    assert failed.exception == "Unforeseen"
    assert failed.where[0].endswith(" breaks")
    assert all(Path(place.rpartition(":")[0]).suffix == ".py" for place in failed.where)
    assert "MARKER" not in repr(failed)
    assert "MARKER" not in repr(as_json(found, []))


def test_a_failure_that_ran_out_of_stack_is_told_in_short(library: Library) -> None:
    found = judged(broken(library, "mscc", check=overflows), "cancer-weak-legs")
    (failed,) = found.failed
    assert failed.exception == "RecursionError"
    assert len(failed.where) < 30


def test_the_account_says_which_criteria_failed(library: Library) -> None:
    body = as_json(judged(broken(library, "mscc"), "cancer-weak-legs"), [])
    told = {one["id"]: one for one in body["criteria"]}  # type: ignore[attr-defined]
    assert (told["mscc"]["outcome"], told["mscc"]["failed"]) == ("unknown", True)
    assert not [name for name, one in told.items() if "failed" in one and name != "mscc"]
    assert body["incomplete"] == []


def test_work_that_is_given_up_stops_and_is_no_failure(library: Library) -> None:
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    judged(library, "cancer-weak-legs", count)
    assert calls > len(library.compiled)
    for stop in (1, calls // 2, calls - 1, calls):
        left = stop

        def ends() -> None:
            nonlocal left
            left -= 1
            if not left:
                raise GivenUp

        with pytest.raises(GivenUp):
            judged(library, "cancer-weak-legs", ends)
        assert left == 0


def test_what_was_given_up_spoils_no_later_answer(library: Library) -> None:
    before = as_json(judged(library, "ms-both-legs-numb"), [])
    calls: list[int] = []

    def ends() -> None:
        calls.append(1)
        if len(calls) % 50 == 0:
            raise GivenUp

    for _ in range(5):
        with pytest.raises(GivenUp):
            judged(library, "ms-both-legs-numb", ends)
    assert as_json(judged(library, "ms-both-legs-numb"), []) == before
