"""Whatever a name holds, what is written can be read, and does nothing to who reads it."""

import csv
import io
import json
import unicodedata
from xml.dom import minidom

from hypothesis import example, given
from hypothesis import strategies as st

from photochrom.texts import (
    csv_rows,
    csv_text,
    json_line,
    json_page,
    parse_json,
    printable,
    xml_text,
)

TEXTS = st.text(st.characters(codec=None), max_size=12)  # surrogates as well, as in names
SHARP = st.text("='+-@;\t\r\n\",a\uff1d", max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


@given(VALUES)
def test_json_is_always_valid(value: object) -> None:
    line, page = json_line(value), json_page(value)
    assert line.isascii()
    assert "\n" not in line
    page.encode()  # has no lone surrogates
    assert json.loads(line, parse_constant=refuse) == json.loads(page, parse_constant=refuse)


@given(VALUES)
def test_json_loses_nothing_but_what_is_no_number(value: object) -> None:
    assert parse_json(json_line(value)) == parse_json(json.dumps(value))


@given(TEXTS)
def test_a_terminal_sees_no_control_characters(text: str) -> None:
    shown = {unicodedata.category(char) for char in printable(text)}
    assert not shown & {"Cc", "Cf", "Cs", "Zl", "Zp"}


@given(st.lists(st.lists(SHARP | TEXTS, min_size=1, max_size=3), min_size=1, max_size=3))
@example([["\t=x"], ["'\t=x"], ["'';-@"]])
def test_cells_come_back(rows: list[list[str]]) -> None:
    kept = [row for row in rows if row != [""]]
    assert csv_rows(csv_text(kept)) == kept


@given(SHARP | TEXTS)
def test_no_cell_begins_a_formula_whatever_parts_the_cells(text: str) -> None:
    written = csv_text([(text, "end")])
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter):
            assert not [cell for cell in row if cell.startswith(("=", "@", "\uff1d"))]


@given(TEXTS)
def test_xml_takes_every_text(text: str) -> None:
    document = minidom.Document()
    document.appendChild(document.createElement("a")).appendChild(
        document.createTextNode(xml_text(text))
    )
    minidom.parseString(document.toxml().encode())  # noqa: S318 - our own
