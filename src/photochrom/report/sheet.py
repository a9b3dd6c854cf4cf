"""What the template ``sheet.html`` shows: pictures side by side, for one reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from photochrom.arrays import U8
from photochrom.report.preview import array_preview

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

    @classmethod
    def of(
        cls,
        name: str,
        label: str,
        pictures: Sequence[U8],
        differences: Sequence[str] = (),
    ) -> Self:
        """Show pictures (H, W, 3) side by side, the original last; under the first stand words."""
        below = [*differences, *[""] * (len(pictures) - len(differences))]
        return cls(name, label, [array_preview(each) for each in pictures], below)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pictures shown for one reason."""

    title: str
    meaning: str
    pictures: list[Shown]
