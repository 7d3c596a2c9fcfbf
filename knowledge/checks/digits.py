"""Check digits: SNOMED CT ids by Verhoeff, LOINC codes by the Luhn-like modulus 10."""

from __future__ import annotations

_DIGITS = "0123456789"
_ROUNDS = 1 + 7
_HALF = len(_DIGITS) // 2


def verhoeff_holds(code: str) -> bool:
    """Whether a SNOMED CT id is digits only and its last digit checks the others.

    The sum is taken in the dihedral group of the pentagon, each digit first moved by a
    permutation that depends on its place (Verhoeff 1969; SNOMED CT Release File Specification).
    """
    if not code.isdigit() or not code.isascii():
        return False
    total = 0
    for place, digit in enumerate(reversed(code)):
        total = _times(total, _moved(int(digit), place))
    return total == 0


def _times(one: int, other: int) -> int:
    """The product of two elements of the dihedral group: rotations below five, then mirrors."""
    turn = (one - other if one >= _HALF else one + other) % _HALF
    return turn + _HALF * ((one >= _HALF) != (other >= _HALF))


_FIRST = "1576283094"


def _moved(digit: int, place: int) -> int:
    """The digit after `place` rounds of Verhoeff's permutation."""
    for _ in range(place % _ROUNDS):
        digit = int(_FIRST[digit])
    return digit


def loinc_holds(code: str) -> bool:
    """Whether a LOINC code `number-digit` has the right check digit (modulus 10)."""
    number, dash, check = code.partition("-")
    if not dash or not number.isdigit() or len(check) != 1 or not check.isdigit():
        return False
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += sum(int(part) for part in str(value))
    return (total + int(check)) % len(_DIGITS) == 0
