"""Text that goes to people and programs whatever a name holds, and text from strangers.

Names of files, labels and the cards of models are anybody's: they may steer a terminal, be a
formula to a spreadsheet, or have no place in XML. NaN has none in JSON.
"""

import csv
import io
import json
import math
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
# What begins a formula, at the start of a cell or of what some take for one: spreadsheets of many
# countries part cells at semicolons. Source: OWASP, "CSV Injection".
_BEGINNING: Final = "(^|[;\t\r\n])('*)"
_FORMULA: Final = "(?=[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20])"  # also in full width
_LIVE: Final = re.compile(_BEGINNING + _FORMULA)
_DEFUSED: Final = re.compile(_BEGINNING + "'" + _FORMULA)
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def printable(text: str | Path) -> str:
    r"""Write text in one line that cannot disturb a terminal: control characters are escaped.

    Bytes of a name that are not UTF-8 are shown as such. Spaces of all widths stay.

    >>> printable("a\x1b[2Jb\n\udcff.jpg")
    'a\\x1b[2Jb\\n\\xff.jpg'
    """
    return "".join(
        char if char.isprintable() or unicodedata.category(char) == "Zs" else _escaped(char)
        for char in str(text)
    )


def _escaped(char: str) -> str:
    is_byte = "\udc80" <= char <= "\udcff"  # of a name that is not UTF-8
    return f"\\x{ord(char) - 0xDC00:02x}" if is_byte else ascii(char)[1:-1]


def json_line(content: object) -> str:
    r"""Write JSON in one line of ASCII, for terminals and logs of any encoding.

    What is no number in JSON, NaN and infinities, becomes null.

    >>> json_line({"ä": [float("nan"), 0.5]})
    '{"\\u00e4": [null, 0.5]}'
    """
    return json.dumps(_finite(content), allow_nan=False)


def json_page(content: object) -> str:
    """Write JSON as files have it: a line for each value, in any alphabet; NaN becomes null."""
    text = json.dumps(_finite(content), allow_nan=False, indent=1, ensure_ascii=False)
    return _SURROGATE.sub(lambda match: ascii(match[0])[1:-1], text) + "\n"


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value


def parse_json(text: str | bytes) -> Any:
    """Read JSON; NaN and infinities, which older files may hold, become None.

    Raises:
        ValueError: when it is not JSON, not UTF-8, or nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def parse_toml(text: str) -> dict[str, Any]:
    """Read TOML.

    Raises:
        ValueError: when it is not TOML, or nested too deeply.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    r"""Write CSV in which no cell is a formula; `csv_rows` gives the same cells back.

    Args:
        rows: cells; texts that are no numbers get an apostrophe where a formula would begin.

    >>> csv_text([("=1+1", "-0.5", -0.5, "a;@b", "'=c")])
    "'=1+1,-0.5,-0.5,a;'@b,''=c\n"
    """
    lines = []
    for row in rows:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerow(map(_defused, row))  # so \r gets quotes
        lines.append(text.getvalue()[:-2] + "\n")
    return "".join(lines)


def csv_rows(text: str) -> list[list[str]]:
    """Read what `csv_text` wrote.

    Raises:
        csv.Error: when it is not CSV.

    >>> csv_rows("'=1+1,a;'@b,''=c,'d")
    [['=1+1', 'a;@b', "'=c", "'d"]]
    """
    rows = csv.reader(io.StringIO(text, newline=""))
    return [[_DEFUSED.sub(r"\1\2", cell) for cell in row] for row in rows]


def _defused(cell: object) -> object:
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    return _LIVE.sub(r"\1\2'", cell)


def xml_text(text: str) -> str:
    r"""Leave out the characters that no XML document may hold, not even escaped.

    >>> xml_text("a\x01b\ufffec\td")
    'abc\td'
    """
    return _NOT_XML.sub("", text)
