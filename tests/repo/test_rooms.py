"""The rooms of the house: small, of one kind, and no public class name that means two things."""

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "photochrom"
ONE_A_VERB_OR_METRIC = {"cli", "metrics"}
MOST = 14


def test_no_folder_holds_more_modules_than_one_can_take_in() -> None:
    modules = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        if path.name != "__init__.py":
            modules[str(path.parent.relative_to(PACKAGE))].append(path.name)
    assert len(modules) > 20
    full = {room: len(names) for room, names in modules.items() if len(names) > MOST}
    assert full.keys() <= ONE_A_VERB_OR_METRIC, full


def test_no_public_class_name_means_two_things() -> None:
    homes = defaultdict(list)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes[node.name].append(str(path.relative_to(PACKAGE)))
    assert len(homes) > 100
    assert {name: at for name, at in homes.items() if len(at) > 1} == {}


def test_no_two_files_of_tests_have_one_name() -> None:
    """Pytest imports them by their names alone, and leaves the second out."""
    names = [path.name for path in Path(__file__).parents[1].rglob("test_*.py")]
    assert len(names) > 100
    assert sorted({name for name in names if names.count(name) > 1}) == []
