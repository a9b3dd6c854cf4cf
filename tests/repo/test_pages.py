"""Pages hold numbers, not marks for numbers to come, and what a command wrote is up to date."""

import json
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for folder in (".", "docs", "benchmarks", "examples", "changelog.d")
    for path in (ROOT / folder).glob("*.md")
)
_CODE = r"```.*?```|`[^`]*`"
_MARKS = (
    r"\b(?:TODO|TBD|FIXME|XXX|PLACEHOLDER)\b"
    r"|\b[A-Z]{2,}(?:_[A-Z]+)+\b"  # EXPOSURE_RESULT
    r"|^[A-Z_]{4,}$"  # a word alone where a table is to come
)


def marks(text: str) -> list[str]:
    return re.findall(_MARKS, re.sub(_CODE, "code", text, flags=re.DOTALL), flags=re.MULTILINE)


def test_marks_are_found() -> None:
    assert marks("It took THE_RESULT ms.\n\nPLANTED\n") == ["THE_RESULT", "PLANTED"]
    assert marks("`THE_RESULT` of CIC\n```\nPLANTED\n```\n") == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_page_waits_for_a_number(page: Path) -> None:
    assert not marks(page.read_text(encoding="utf-8"))


@pytest.fixture
def fill_pages(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return import_module("fill_pages")


def test_blocks_say_what_was_measured_last(fill_pages: ModuleType) -> None:
    for page, blocks in fill_pages.PAGES.items():
        text = (ROOT / page).read_text(encoding="utf-8")
        assert fill_pages.filled(text, blocks) == text, f"python benchmarks/fill_pages.py: {page}"


def test_no_block_is_forgotten(fill_pages: ModuleType) -> None:
    for page in PAGES:
        name = str(page.relative_to(ROOT))
        found = re.findall(r"<!-- (\S+): benchmarks/fill_pages.py -->", page.read_text("utf-8"))
        assert found == list(fill_pages.PAGES.get(name, {})), name


def test_a_block_that_is_missing_is_told(fill_pages: ModuleType) -> None:
    with pytest.raises(ValueError, match="the block alarms is there 0 times"):
        fill_pages.filled("nothing", {"alarms": fill_pages.alarms})


def test_the_table_of_speeds_is_that_of_the_measurement() -> None:
    measured = json.loads((ROOT / "benchmarks" / "results" / "speed.json").read_text("utf-8"))
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    page, _, _ = page.partition("\n## ")
    told = [line for line in page.splitlines() if line.startswith("| ")][1:]
    assert len(told) == len(measured["rows"])
    for row, line in zip(measured["rows"], told, strict=True):
        assert line.startswith(f"| {row['what']} | {row['measured']} | {row['target']} |")
