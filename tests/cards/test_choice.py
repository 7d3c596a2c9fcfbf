from __future__ import annotations

import pytest

from knowledge.language.schema import CardWords, Urgency
from tests.cards.builders import card, criterion, evaluation, labels, met


def offered(*lists: tuple[str, ...], setting: str | None = None) -> list[str]:
    """The buttons of a card whose criteria ask for these orders, the leading one first."""
    judged = [
        met(
            criterion(f"asks-{number}", CardWords(summary="x", order=names), lead=number + 1),
            Urgency.EMERGENCY,
        )
        for number, names in enumerate(lists)
    ]
    return labels(card(evaluation(*judged, setting=setting)))


def test_what_two_criteria_ask_for_is_offered_once() -> None:
    scan = ("refer-emergency", "mri-lumbosacral-emergency")
    assert offered(scan, scan) == ["Refer to the ER now", "Order emergency MRI, lumbosacral"]


def test_the_referral_comes_first() -> None:
    assert offered(("mri-lumbosacral-emergency", "bladder-scan", "refer-emergency")) == [
        "Refer to the ER now",
        "Order emergency MRI, lumbosacral",
        "Order bladder scan, today",
    ]


def test_another_region_is_offered_beside_the_first() -> None:
    assert offered(("mri-whole-spine-contrast-emergency", "mri-brain-contrast-emergency")) == [
        "Order emergency MRI, whole spine, with contrast",
        "Order emergency MRI, brain, with contrast",
    ]


@pytest.mark.parametrize(
    ("wider", "narrower", "kept"),
    [
        ("mri-whole-spine-emergency", "mri-lumbar-soon", "whole spine"),
        ("mri-whole-spine-contrast-emergency", "mri-lumbosacral-emergency", "with contrast"),
        ("mri-lumbosacral-emergency", "mri-lumbosacral-urgent", "emergency MRI, lumbosacral"),
        ("mri-spine-after-ct-emergency", "mri-lumbosacral-emergency", "after CT"),
        ("refer-emergency", "refer-spinal-same-day", "ER now"),
        ("ct-spine-emergency", "ct-spine-urgent", "emergency CT"),
    ],
)
def test_the_wider_takes_the_place_of_the_narrower(wider: str, narrower: str, kept: str) -> None:
    for lists in (((wider,), (narrower,)), ((narrower,), (wider,))):
        (button,) = offered(*lists)
        assert kept in button


def test_the_emergency_scan_of_the_leading_criterion_stands_beside_the_whole_spine() -> None:
    """Suspected cauda equina: the lumbosacral scan first, the whole spine where that is normal."""
    assert offered(("mri-lumbosacral-emergency",), ("mri-whole-spine-emergency",)) == [
        "Order emergency MRI, lumbosacral",
        "Order emergency MRI, whole spine",
    ]


def test_an_urgent_whole_spine_does_not_delay_an_emergency_scan_of_the_lumbar_spine() -> None:
    assert len(offered(("mri-lumbosacral-emergency",), ("mri-whole-spine-urgent",))) == 2


@pytest.mark.parametrize("setting", ["EMER", "IMP", "OBSENC"])
def test_in_hospital_the_referral_to_the_er_is_left_out(setting: str) -> None:
    assert offered(("refer-emergency", "refer-spinal-same-day"), setting=setting) == [
        "Refer to the spinal team today"
    ]
