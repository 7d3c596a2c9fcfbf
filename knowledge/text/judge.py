"""From the words before and after a finding to what the text asserts (criteria G4, G5)."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.text.after import NOTHING, Roles
from knowledge.text.mention import Assertion, Quality
from knowledge.text.reach import Before, Reach

_FLIPPED = {Quality.ABNORMAL: Quality.NORMAL, Quality.NORMAL: Quality.ABNORMAL}


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything around one span that decides how it is read.

    `own_time`: its part of the sentence says when it began; `listed`: the clause is a list with
    "or"; `in_list`: its own part is; `current`: "new", "worsening" stands before it; `normal`: it
    says itself that all is well; `ended`: the clause says further behind that it is over.
    """

    function: bool
    lost: bool
    before: Before
    after: Roles = NOTHING
    asked: bool = False
    own_time: bool = False
    listed: bool = False
    in_list: bool = False
    current: bool = False
    normal: bool = False
    ended: bool = False


def judge(setting: Setting) -> tuple[Assertion, Quality | None]:
    """Assertion and quality of one span."""
    context = _context(setting)
    if setting.function:
        quality, known = _function_quality(setting)
        assertion = context or _time(setting, quality)
        if assertion is Assertion.PRESENT and not known:
            assertion = Assertion.UNKNOWN
        return assertion, None if assertion is Assertion.UNKNOWN else quality
    assertion = context or _finding(setting)
    return assertion, None if assertion is Assertion.UNKNOWN else _finding_quality(setting)


def _says(setting: Setting, kind: str) -> bool:
    if not setting.after:
        return False
    start = f"{kind}."
    return any(role.startswith(start) for role in setting.after)


def _context(setting: Setting) -> Assertion | None:
    """What holds for findings and functions alike: whose, hypothetical, unknown."""
    before = setting.before
    if _holds(setting, "family") or _says(setting, "family"):
        return Assertion.FAMILY
    if _holds(setting, "hypothetical") or _says(setting, "hypothetical"):
        return Assertion.HYPOTHETICAL
    if _says(setting, "unknown"):
        suspected = "suspected" in before and "empty" in setting.after
        return Assertion.SUSPECTED if suspected else Assertion.UNKNOWN
    if "unknown" in before:
        return Assertion.UNKNOWN
    if setting.asked and not setting.after:
        return Assertion.SUSPECTED if "suspected" in before else Assertion.UNKNOWN
    return None


def _holds(setting: Setting, kind: str) -> bool:
    """Whether it reaches the finding; one with its own onset behind a comma is of today.

    "Attend ED if worse, numb saddle since noon". So is one behind a bare relative: "Mum numb since
    Sunday" is a daughter's call.
    """
    reach = setting.before.get(kind)
    if reach is None:
        return False
    parted = reach.pauses and not reach.header and (reach.person or kind == "hypothetical")
    return not ((reach.near or parted) and setting.own_time and not setting.listed)


def _finding(setting: Setting) -> Assertion:
    if _says(setting, "suspected"):
        return Assertion.SUSPECTED
    if _says(setting, "negation") or setting.after & {"normal.before"}:
        return Assertion.ABSENT
    if setting.asked and _says(setting, "affirmation"):
        return Assertion.PRESENT
    denial = _denial(setting)
    if denial is not None:
        return denial
    if _says(setting, "past"):
        return Assertion.PAST
    return _time(setting, None)


def _time(setting: Setting, quality: Quality | None) -> Assertion:
    """Past, suspected, or of today."""
    past = setting.before.get("past")
    current = setting.own_time or setting.current
    if past is not None and ("over" in past.cue.roles or not current):
        return Assertion.PAST
    if _says(setting, "past") and quality is None:
        return Assertion.PAST
    if setting.ended and "tense" in setting.before and not current:
        return Assertion.PAST
    if "suspected" in setting.before or _says(setting, "suspected"):
        return Assertion.SUSPECTED
    return Assertion.PRESENT


def _denial(setting: Setting) -> Assertion | None:
    """ABSENT where a negation reaches the finding; UNKNOWN where that is open to doubt."""
    reach = setting.before.get("negation")
    if reach is None or _is_protected(setting, reach):
        return None
    return Assertion.UNKNOWN if _is_doubtful(setting, reach) else Assertion.ABSENT


def _is_protected(setting: Setting, reach: Reach) -> bool:
    """A finding with its own onset, or affirmed, is not denied by a cue before the pause."""
    if not reach.pauses or reach.is_denial():
        return False
    if _says(setting, "affirmation"):
        return True
    return setting.own_time and not setting.in_list


def _is_doubtful(setting: Setting, reach: Reach) -> bool:
    """Read "No weakness, reduced sensation": a list, or a new statement? Nobody can tell."""
    if not reach.pauses or reach.is_denial() or setting.listed:
        return False
    return setting.lost or setting.current


def _finding_quality(setting: Setting) -> Quality | None:
    """For sets such as "bladder", whose words name a function only in company."""
    if _says(setting, "negation") or _says(setting, "affirmation"):
        return None
    if setting.after & {"abnormal.after", "abnormal.before"}:
        return Quality.ABNORMAL
    if setting.after & {"normal.after", "normal.before"}:
        return Quality.NORMAL
    for quality in Quality:
        reach = setting.before.get(quality.value)
        if reach is not None and not reach.pauses:
            return _with_denial(setting, quality, reach)[0]
    return None


def _function_quality(setting: Setting) -> tuple[Quality | None, bool]:
    """The quality of a function, and whether the text leaves no doubt that it speaks of it."""
    before, known = _quality_before(setting)
    if setting.normal and before is None:
        return Quality.NORMAL, True
    if _says(setting, "negation") and before is not None:
        return _FLIPPED[before], True
    if setting.after & {"abnormal.noun"}:
        return _noun(setting)
    if setting.after & {"abnormal.after", "abnormal.before"}:
        return Quality.ABNORMAL, True
    if setting.after & {"normal.answer"}:
        return (None, False) if setting.asked else (Quality.NORMAL, True)
    if setting.after & {"negation.answer"}:
        return Quality.ABNORMAL, True
    if setting.after & {"normal.after", "normal.before"}:
        return Quality.NORMAL, True
    if setting.after & {"negation.after"}:
        return None, False
    if setting.asked and _says(setting, "affirmation"):
        return before or Quality.NORMAL, True
    return before, known


def _noun(setting: Setting) -> tuple[Quality | None, bool]:
    denial = _denial(setting)
    if denial is Assertion.UNKNOWN:
        return None, False
    return (Quality.NORMAL if denial else Quality.ABNORMAL), True


def _quality_before(setting: Setting) -> tuple[Quality | None, bool]:
    for quality in Quality:
        reach = setting.before.get(quality.value)
        if reach is not None:
            return _with_denial(setting, quality, reach)
    reach = setting.before.get("negation")
    return None, reach is None or _is_protected(setting, reach)


def _with_denial(setting: Setting, quality: Quality, reach: Reach) -> tuple[Quality | None, bool]:
    """Read "no reduced tone": that is normal; "no weakness, reduced tone" is open."""
    denied = reach.denied
    if denied is None:
        return quality, True
    if quality is Quality.NORMAL:
        direct = not denied.pauses and not denied.words
        return (_FLIPPED[quality] if direct else quality), True
    if _is_protected(setting, denied):
        return quality, True
    if denied.pauses and not denied.is_denial() and not setting.listed:
        return None, False
    return Quality.NORMAL, True
