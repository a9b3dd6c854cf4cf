"""docs/architecture.md names every room that there is, and none that there is not."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "photochrom"
PAGE = (ROOT / "docs" / "architecture.md").read_text()
NAMED = re.findall(r"`([a-z_/.]+)`", PAGE)


def test_every_room_is_on_the_page() -> None:
    rooms = {str(path.parent.relative_to(PACKAGE)) for path in PACKAGE.rglob("*/__init__.py")}
    assert len(rooms) > 30
    assert rooms - {"."} - set(NAMED) == set()


def test_the_page_names_nothing_that_is_not_there() -> None:
    inside = {name for name in NAMED if not name.startswith(("docs/", "benchmarks/", "make"))}
    assert [name for name in sorted(inside) if not (PACKAGE / name).exists()] == []
    outside = set(NAMED) - inside
    assert [name for name in sorted(outside) if not (ROOT / name).exists()] == []
