import json
from dataclasses import dataclass
from io import StringIO

from jinja2 import Environment, PackageLoader
from rich.console import Console

from photochrom.report.table import Cell, Column, Table
from photochrom.texts import csv_rows


@dataclass(frozen=True)
class Row:
    model: str
    error: float | None
    is_kept: bool


ROWS = [Row("=<b>a", 1.25, True), Row("gray", None, False)]
COLUMNS: list[Column[Row]] = [
    Column("model", "Model", terminal="model"),
    Column("error", "error ↓", digits=1, below="ab", terminal="error", first="ascending"),
    Column("is_kept", "kept", name="kept of all", help="whether it stays"),
    Column(title="shown only", show=lambda each: Cell(each.model[-1], ["below"], "best")),
]


def test_json_and_csv_have_the_columns_with_keys() -> None:
    table = Table(COLUMNS, ROWS)
    assert table.json() == [
        {"model": "=<b>a", "error": 1.25, "is_kept": True},
        {"model": "gray", "error": None, "is_kept": False},
    ]
    assert json.dumps(table.json())
    head, first, second = csv_rows(table.csv())
    assert head == ["model", "error", "is_kept"]
    assert first == ["=<b>a", "1.25", "True"]
    assert second == ["gray", "", "False"]
    assert table.csv().splitlines()[1].startswith("'=")


def test_a_terminal_gets_the_columns_with_a_head_there() -> None:
    console = Console(width=60, record=True, file=StringIO(), markup=False)
    console.print(Table(COLUMNS, ROWS).terminal(caption="lower is better", least_width=9))
    lines = [line.split() for line in console.export_text().splitlines() if line.strip()]
    assert lines[0] == ["model", "error"]
    assert lines[2:] == [["=<b>a", "1.2"], ["gray", "—"], ["lower", "is", "better"]]


def page(table: Table[Row]) -> str:
    environment = Environment(
        loader=PackageLoader("photochrom.report", "templates"), autoescape=True
    )
    macro = environment.get_template("table.html").module.table  # type: ignore[attr-defined]
    return str(macro(table, "numbers"))


def test_a_page_escapes_marks_and_sorts() -> None:
    html = page(Table(COLUMNS, ROWS, is_quiet=lambda each: not each.is_kept, hint=lambda _: 'a"b'))
    assert "<b>" not in html
    assert '<th scope="row" title="a&#34;b">=&lt;b&gt;a</th>' in html
    assert '<td data-value="1.25">1.2</td>' in html
    assert '<td data-value="">—</td>' in html
    assert '<td class="best">y<small>below</small></td>' in html
    assert html.count('class="baseline"') == 1
    assert (
        'title="whether it stays"><button type="button" aria-label="Sort by kept of all">' in html
    )
    assert "<td>yes</td>" in html
    assert "sortable" in html


def test_what_nobody_sorts_has_no_buttons() -> None:
    html = page(Table(COLUMNS[:1], ROWS))
    assert "<button" not in html
    assert "sortable" not in html
    assert 'class="numbers words"' in html
