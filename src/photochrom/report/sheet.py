"""What the template ``sheet.html`` shows: pictures side by side, for one reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

Thing = TypeVar("Thing")


def both_ends(order: Sequence[Thing], most: int) -> tuple[Sequence[Thing], Sequence[Thing]]:
    """Take the first and the last of an order, the last one first; nothing stands in both.

    Args:
        order: best first, or worst first.
        most: how many to take from either end; few are split, one in the middle is a first.

    >>> both_ends("abcdefg", 2), both_ends("abcde", 10)
    (('ab', 'gf'), ('abc', 'ed'))
    """
    first = order[: min(most, -(-len(order) // 2))]
    return first, order[len(first) :][::-1][:most]


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture of a contact sheet: previews in the order of the sheet's columns."""

    name: str
    label: str
    previews: list[str]
    differences: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pictures shown for one reason."""

    title: str
    meaning: str
    pictures: list[Shown]
