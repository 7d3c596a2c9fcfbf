from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest

from service.errors import Problem
from service.feedback import LONGEST, MOST, Told, read_feedback

AT = "2026-10-31T09:00:00Z"
WHEN = "2026-10-31T09:00:00.000+00:00"
OVERRIDDEN = {"card": "c1", "outcome": "overridden", "outcomeTimestamp": AT}
ACCEPTED = {
    "card": "c1",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "s1"}, {"id": "s2"}],
    "outcomeTimestamp": AT,
}


def read(*entries: Any) -> list[Told]:
    return read_feedback(json.dumps({"feedback": entries}).encode())


def refused(body: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        read_feedback(body)
    return caught.value


def places(*entries: Any) -> list[str | None]:
    problem = refused(json.dumps({"feedback": entries}).encode())
    assert problem.status == HTTPStatus.BAD_REQUEST
    return [issue.where for issue in problem.issues]


def test_the_sandbox_is_understood() -> None:
    reason = {"reason": {"code": "r", "system": "http://s"}}
    found = read(ACCEPTED, OVERRIDDEN | {"overrideReason": reason})
    assert found == [
        Told("c1", "accepted", WHEN, ("s1", "s2")),
        Told("c1", "overridden", WHEN, reason_code="r", reason_system="http://s"),
    ]


@pytest.mark.parametrize(
    "reasons",
    [
        {"reason": {"display": "Other"}, "userComment": "seen"},
        [{"reason": {"display": "Other"}, "userComment": "seen"}],
    ],
)
def test_epic_is_understood(reasons: Any) -> None:
    extension: dict[str, Any] = {"com.epic.x": {}}
    told = OVERRIDDEN | {"overrideReasons": reasons, "extension": extension, "other": [None]}
    assert read(told) == [Told("c1", "overridden", WHEN, reason_display="Other", comment="seen")]


def test_of_several_reasons_the_first_coding_and_all_comments_are_kept() -> None:
    told = OVERRIDDEN | {
        "overrideReason": {"userComment": "one"},
        "overrideReasons": [
            {"extension": {}},
            {"reason": {"code": "r"}, "userComment": "two"},
            {"reason": {"code": "s"}},
        ],
    }
    assert read(told) == [Told("c1", "overridden", WHEN, reason_code="r", comment="one\ntwo")]


@pytest.mark.parametrize("reason", [None, [], {}, {"extension": {}}, {"reason": None}])
def test_a_card_may_be_set_aside_without_a_reason(reason: Any) -> None:
    assert read(OVERRIDDEN | {"overrideReason": reason}) == [Told("c1", "overridden", WHEN)]


@pytest.mark.parametrize(
    ("at", "normal"),
    [
        ("2026-10-31T10:00:00+01:00", WHEN),
        ("2026-10-31T09:00:00", WHEN),
        ("2026-10-31T09:00:00.123456789Z", "2026-10-31T09:00:00.123+00:00"),
        ("0001-01-01T00:00:00+10:00", None),
        ("2026-10-31", None),
        ("2026-W44-6T09:00", None),
        ("2026-02-30T09:00:00Z", None),
        ("20261031T090000Z", None),
        ("2026-10-31T09:00:00+24:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ("\N{FULLWIDTH DIGIT TWO}026-10-31T09:00:00Z", None),
        ("now", None),
        ("", None),
    ],
)
def test_the_moment_is_kept_in_utc(at: str, normal: str | None) -> None:
    told = OVERRIDDEN | {"outcomeTimestamp": at}
    if normal is None:
        assert places(told) == ["feedback[0].outcomeTimestamp"]
    else:
        assert read(told)[0].at == normal


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"card": ""}, "card"),
        ({"card": " \x00"}, "card"),
        ({"card": "x" * (MOST + 1)}, "card"),
        ({"card": None}, "card"),
        ({"outcome": "ignored"}, "outcome"),
        ({"acceptedSuggestions": []}, "acceptedSuggestions"),
        ({"acceptedSuggestions": [{"id": "s"}, {"id": ""}]}, "acceptedSuggestions[1].id"),
        ({"acceptedSuggestions": [{"id": "s"}, {}]}, "acceptedSuggestions[1].id"),
        ({"overrideReason": {"reason": {"code": "x" * (MOST + 1)}}}, "overrideReason.reason.code"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(change: Any, where: str) -> None:
    (found,) = places(OVERRIDDEN, ACCEPTED | change)
    assert found is not None
    assert found.replace("[...]", "[1]") == f"feedback[1].{where}"


@pytest.mark.parametrize("name", ["card", "outcome", "outcomeTimestamp", "acceptedSuggestions"])
def test_what_is_missing_is_named_by_its_place(name: str) -> None:
    told = {key: value for key, value in ACCEPTED.items() if key != name}
    (found,) = places(told)
    assert found is not None
    assert found.replace("[...]", "[0]") == f"feedback[0].{name}"


def test_no_refusal_repeats_what_was_sent() -> None:
    for name in OVERRIDDEN:
        problem = refused(json.dumps({"feedback": [OVERRIDDEN | {name: ["MARK"]}]}).encode())
        assert "MARK" not in str(problem.outcome)
    problem = refused(json.dumps({"feedback": [OVERRIDDEN | {"outcome": "MARK"}]}).encode())
    assert "MARK" not in str(problem.outcome)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{}", b"null", b'{"feedback": null}', b'{"feedback": {}}',
        b'{"feedback": [1]}',
        b'{"feedback": [], "feedback": []}', b'{"feedback": [], "a": NaN}',
        b'{"feedback": [], "a": "\xff"}',
        b'{"feedback": [], "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        json.dumps({"feedback": [OVERRIDDEN | {"card": "\ud800"}]}).encode(),
    ],
)  # fmt: skip
def test_a_body_that_is_no_report_is_a_bad_request(body: bytes) -> None:
    assert refused(body).status == HTTPStatus.BAD_REQUEST


def test_a_report_of_nothing_and_one_of_many_are_taken_but_not_one_of_too_many() -> None:
    assert read() == []
    assert len(read(*[OVERRIDDEN] * MOST)) == MOST
    problem = refused(json.dumps({"feedback": [OVERRIDDEN] * (MOST + 1)}).encode())
    assert problem.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE


def test_a_comment_is_kept_as_far_as_a_database_can_hold_it() -> None:
    told = OVERRIDDEN | {"overrideReason": {"userComment": "a\x00b" + "c" * LONGEST}}
    comment = read(told)[0].comment
    assert comment is not None
    assert comment.startswith("abc")
    assert len(comment) == LONGEST
