"""A table declared once: for pages, terminals, JSON and CSV."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan
from operator import attrgetter
from typing import Generic, Literal, TypeVar

from rich.box import SIMPLE_HEAD
from rich.table import Table as TerminalTable

from photochrom.metrics.intervals import Estimate
from photochrom.report.words import UNKNOWN, number, rounded, with_interval
from photochrom.texts import csv_text, printable

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a page shows in one place.

    Attributes:
        text: the number or words.
        below: small lines under it.
        mark: class of the cell, such as ``best`` or ``alarm``.
    """

    text: str
    below: Sequence[str] = ()
    mark: str = ""


@dataclass(frozen=True)  # with slots, Python 3.11 cannot make a Column[...]()
class Column(Generic[Item]):
    """What a column says of each item.

    Attributes:
        key: in JSON and head in CSV; without one, the column stands in neither.
        title: head on pages; without one, the column is on none.
        of: gives the value; by default the item's attribute that is called like the key.
        show: words it for pages and terminals; by default numbers get ``digits`` decimals and, if
            they have one, their interval, truth becomes "yes" or "no", what is None a dash.
        digits: decimals of numbers.
        below: small, under the title.
        terminal: head in a terminal; without one, the column is not there.
        name: the title in full, where it is shortened.
        help: what the column means, for whoever points at its head.
        first: which order comes first when readers sort by it; with one, the page can be sorted.
        mark: class of all cells.
    """

    key: str = ""
    title: str = ""
    of: Callable[[Item], object] | None = None
    show: Callable[[Item], Cell | str] | None = None
    digits: int = 2
    below: str = ""
    terminal: str = ""
    name: str = ""
    help: str = ""
    first: Literal["", "ascending", "descending"] = ""
    mark: str = ""

    def value(self, item: Item) -> object:
        """Give the value as JSON and CSV have it."""
        get = self.of or attrgetter(self.key)
        return get(item)

    def cell(self, item: Item) -> Cell:
        """Word the value."""
        shown = _worded(self.value(item), self.digits) if self.show is None else self.show(item)
        return shown if isinstance(shown, Cell) else Cell(shown)

    def place(self, item: Item) -> object:
        """Give what readers sort by; nothing for what is not known."""
        value = self.value(item)
        return "" if value is None or (isinstance(value, float) and isnan(value)) else value


@dataclass(frozen=True)  # with slots, Python 3.11 cannot make a Table[...]()
class Table(Generic[Item]):
    r"""Items in rows; the first column holds the heads of the rows.

    Attributes:
        columns: in the order shown.
        items: what the rows are about.
        is_quiet: which rows are there for orientation only.
        hint: what readers are told who point at the head of a row.

    >>> from types import SimpleNamespace
    >>> columns = [Column("who"), Column("error", digits=1, terminal="error")]
    >>> found = Table(columns, [SimpleNamespace(who="a", error=0.25)])
    >>> found.json(), found.csv()
    ([{'who': 'a', 'error': 0.25}], 'who,error\na,0.25\n')
    """

    columns: Sequence[Column[Item]]
    items: Sequence[Item]
    is_quiet: Callable[[Item], bool] = lambda _: False
    hint: Callable[[Item], str] = lambda _: ""

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.items)

    def json(self) -> list[dict[str, object]]:
        """Give an object per item; numbers are rounded, see `rounded`."""
        columns = [column for column in self.columns if column.key]
        return [{each.key: rounded(each.value(item)) for each in columns} for item in self.items]

    def csv(self) -> str:
        """Write a head and a line per item."""
        columns = [column for column in self.columns if column.key]
        rows = ([column.value(item) for column in columns] for item in self.items)
        return csv_text([[column.key for column in columns], *rows])

    def terminal(self, *, caption: str = "", least_width: int | None = None) -> TerminalTable:
        """Lay the columns that have a terminal's head out.

        Args:
            caption: below the table.
            least_width: of the first column, which is folded where it must be.
        """
        laid = TerminalTable(
            box=SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption or None, caption_justify="left"
        )
        columns = [column for column in self.columns if column.terminal]
        for column in columns[:1]:
            laid.add_column(column.terminal, overflow="fold", min_width=least_width)
        for column in columns[1:]:
            laid.add_column(column.terminal, justify="right", no_wrap=True)
        for item in self.items:
            laid.add_row(*(printable(column.cell(item).text) for column in columns))
        return laid

    @property
    def heads(self) -> list[Column[Item]]:
        """Give the columns that pages have."""
        return [column for column in self.columns if column.title]

    @property
    def is_sortable(self) -> bool:
        """Whether readers can sort it."""
        return any(column.first for column in self.heads)


def _worded(value: object, digits: int) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Estimate):
        return with_interval(value, digits)
    return number(value, digits) if isinstance(value, float) else str(value)
