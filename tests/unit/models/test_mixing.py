from pathlib import Path

import pytest

from photochrom.errors import InputError, ModelError
from photochrom.models.mixing import parts_of
from photochrom.models.registry import resolve_model


def read(text: str) -> list[tuple[str, float]]:
    return [(str(part.model), round(part.weight, 9)) for part in parts_of(text)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("cic", [("cic", 1.0)]),
        ("cic+autochrome", [("cic", 0.5), ("autochrome", 0.5)]),
        ("cic*0.6+autochrome*0.4", [("cic", 0.6), ("autochrome", 0.4)]),
        ("a*2+b*1+dir/c.onnx*1", [("a", 0.5), ("b", 0.25), ("dir/c.onnx", 0.25)]),
        ("a*1e-3+b*3e-3", [("a", 0.25), ("b", 0.75)]),
    ],
)
def test_weights_become_shares(text: str, parts: list[tuple[str, float]]) -> None:
    assert read(text) == parts


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a*0+b*1", "a weight is a number above 0, not '0'"),
        ("a*-1+b*2", "a weight is a number above 0, not '-1'"),
        ("a*nan+b*1", "a weight is a number above 0, not 'nan'"),
        ("a*inf+b*1", "a weight is a number above 0, not 'inf'"),
        ("a*much+b*1", "a weight is a number above 0, not 'much'"),
        ("a*+b*1", "a weight is a number above 0, not ''"),
        ("a*0.6+b", "give each model a weight, or none of them"),
        ("a+", "there is no model beside"),
        ("+", "there is no model beside"),
        ("*0.5+a*0.5", "there is no model beside"),
        ("a+b+a", "a is there twice"),
        ("a*0.6", "beside a second model alone"),
    ],
)
def test_what_is_no_mix_is_one_line(text: str, complaint: str) -> None:
    with pytest.raises(InputError) as caught:
        parts_of(text)
    assert complaint in str(caught.value)
    assert str(caught.value).startswith(f"{text}: ")


def test_a_file_whose_path_has_a_plus_wins(here: Path) -> None:
    odd = Path("old+new") / "a+b.onnx"
    odd.parent.mkdir()
    odd.write_bytes(b"")
    Path("a+b").write_bytes(b"")
    assert read(str(odd)) == [(str(odd), 1.0)]
    assert read(f"cic+{odd}") == [("cic", 0.5), (str(odd), 0.5)]
    assert read(f"{odd}*3+cic*1") == [(str(odd), 0.75), ("cic", 0.25)]
    assert resolve_model(str(odd)) == odd
    assert resolve_model("a+b") == Path("a+b")


def test_a_mix_has_no_one_file() -> None:
    with pytest.raises(ModelError, match="is a mix of models, and this takes one"):
        resolve_model("autochrome+cic")
