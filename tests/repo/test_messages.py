"""JSON, CSV and TOML pass through `photochrom.texts`, which knows what names and numbers hold."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "photochrom"
# who may do it by themselves, and why
ALLOWED = {
    "csv.writer": {"texts.py"},
    "csv.DictWriter": set(),
    "json.dump": set(),
    "json.dumps": {
        "texts.py",
        "models/card.py",  # refuses NaN, as the contract does
        "work/journal.py",  # only hashed
        "lab/training/describe.py",  # TOML values of a recipe, which has no NaN
    },
    "json.load": set(),
    "json.loads": {
        "texts.py",
        "records.py",  # refuses doubled keys and NaN
        "metrics/rarity.py",  # a file of the package
        "extras.py",  # pip's own note about this installation
    },
    "tomllib.load": set(),
    "tomllib.loads": {"texts.py"},
}


def users_of(function: str) -> set[str]:
    """Find the modules that call a function by its full name."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if any(isinstance(n, ast.Call) and ast.unparse(n.func) == function for n in nodes):
            found.add(path.relative_to(PACKAGE).as_posix())
    return found


@pytest.mark.parametrize("function", sorted(ALLOWED))
def test_nobody_reads_or_writes_by_themselves(function: str) -> None:
    assert users_of(function) <= ALLOWED[function]
