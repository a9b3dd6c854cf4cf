"""What strangers and people write is of the declared types, or refused with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pytest

from photochrom.errors import InputError, ModelError
from photochrom.records import MisfitError, record_of, strict_object


class Part(StrEnum):
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    share: float
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    name: str
    share: float | None = None
    pairs: tuple[tuple[float, float], ...] = ()
    named: Mapping[str, float] = field(default_factory=dict)
    rest: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["a", "b"] | None = None
    part: Part | None = None
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    path: Path | None = None
    is_on: bool = False

    def __post_init__(self) -> None:
        if self.name == "nobody":
            raise InputError("nobody is no name")


def test_every_field_gets_its_type() -> None:
    values = {
        "name": "a",
        "share": 1,
        "pairs": [[1, 2.5]],
        "named": {"x": 2},
        "rest": {"y": [None]},
        "kind": "b",
        "part": "test",
        "inner": {"share": 3},
        "many": [{"share": 0, "count": 2}],
        "path": "there",
        "is_on": True,
    }
    found = record_of(Outer, values)
    assert found == Outer(
        name="a",
        share=1.0,
        pairs=((1.0, 2.5),),
        named={"x": 2.0},
        rest={"y": [None]},
        kind="b",
        part=Part.TEST,
        inner=Inner(share=3.0),
        many=(Inner(share=0.0, count=2),),
        path=Path("there"),
        is_on=True,
    )
    assert isinstance(found.share, float)
    assert record_of(Outer, {"name": "a"}) == Outer(name="a")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "is not an object"),
        ({}, "lacks 'name'"),
        ({"mood": 1}, "unknown key 'mood'; there are name, share, "),
        ({"name": 7}, "bad 'name': 7 is not text"),
        ({"share": "1"}, "bad 'share': '1' is not a number"),
        ({"share": True}, "bad 'share': True is not a number"),
        ({"share": float("nan")}, "bad 'share': nan is not a finite number"),
        ({"share": 10**400}, "bad 'share': 1000.* is not a finite number"),
        ({"pairs": "12"}, "bad 'pairs': '12' is not a list"),
        ({"pairs": [[1]]}, r"bad 'pairs': \[1\] is not a list of 2"),
        ({"named": []}, r"bad 'named': \[\] is not an object"),
        ({"named": {"x": "y"}}, "bad 'named': 'y' is not a number"),
        ({"kind": "c"}, "bad 'kind': 'c' is not one of a, b"),
        ({"part": "train"}, "bad 'part': 'train' is not a valid Part"),
        ({"inner": 5}, "bad 'inner': 5 is not an object"),
        ({"inner": {"share": 1, "count": 1.0}}, "bad 'inner.count': 1.0 is not a whole number"),
        ({"inner": {"share": 1, "x": 1}}, "unknown key 'x'; there are share, count"),
        ({"many": [{"share": 1}, {}]}, "lacks 'many.share'"),
        ({"path": 1}, "bad 'path': 1 is not text"),
        ({"is_on": 1}, "bad 'is_on': 1 is neither true nor false"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_key(values: Any, words: str) -> None:
    told = {"name": "a"} | values if values else values
    with pytest.raises(MisfitError, match=words):
        record_of(Outer, told)


def test_keys_of_later_versions_can_be_passed_over() -> None:
    assert record_of(Outer, {"name": "a", "mood": 1}, is_open=True) == Outer(name="a")


def test_what_a_record_refuses_by_itself_comes_through() -> None:
    with pytest.raises(InputError, match=r"^nobody is no name$"):
        record_of(Outer, {"name": "nobody"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" " * 11, "it is larger than 10 bytes"),
        ('{"a":NaN}', "it is not valid JSON"),
        ("{", "it is not valid JSON"),
        ("[]", "it is not a JSON object"),
    ],
)
def test_strict_json_is_one_small_object(text: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        strict_object(text, name="it", most_bytes=10)


def test_a_doubled_key_is_refused() -> None:
    with pytest.raises(ModelError, match="it is not valid JSON"):
        strict_object('{"a": 1, "a": 1}', name="it")
