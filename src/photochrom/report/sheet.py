"""What the template ``sheet.html`` shows: pictures side by side, for one reason."""

from dataclasses import dataclass


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
