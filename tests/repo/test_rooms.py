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
