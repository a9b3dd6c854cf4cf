from pathlib import Path

import pytest

from photochrom.engine.batch.sources import expand_patterns
from photochrom.errors import InputError


def test_patterns_are_expanded_in_order_and_names_that_exist_are_no_patterns(
    tmp_path: Path,
) -> None:
    named = [
        tmp_path / "b.jpg",
        tmp_path / "a.jpg",
        tmp_path / "c[1].jpg",
        tmp_path / "in" / "d.jpg",
    ]
    (tmp_path / "in").mkdir()
    for path in named:
        path.touch()
    asked = [tmp_path / "c[1].jpg", tmp_path / "[ab].jpg", tmp_path / "no.jpg", Path("-")]
    assert expand_patterns(asked) == [named[2], named[1], named[0], tmp_path / "no.jpg", Path("-")]
    assert expand_patterns([tmp_path / "**" / "*.jpg"]) == sorted(named)


def test_a_pattern_that_matches_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"x\*\.jpg matches no file"):
        expand_patterns([tmp_path / "x*.jpg"])
