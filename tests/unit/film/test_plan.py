"""What results of films are called, and what cannot be told apart."""

from pathlib import Path

import pytest

from photochrom.errors import InputError
from photochrom.film.plan import film_path, plan_films
from photochrom.film.settings import Codec, FilmOptions


@pytest.mark.parametrize(
    ("source", "codec", "preview", "name"),
    [
        ("a.mp4", None, None, "a-color.mp4"),
        ("A.MOV", None, None, "A-color.MOV"),
        ("a.avi", None, None, "a.avi-color.mp4"),
        ("a.mp4", "ffv1", None, "a.mp4-color.mkv"),
        ("a.mkv", "ffv1", None, "a-color.mkv"),
        ("a.mp4", "prores", None, "a.mp4-color.mov"),
        ("a.mp4", None, 10, "a-color-preview.mp4"),
    ],
)
def test_names(source: str, codec: Codec | None, preview: float | None, name: str) -> None:
    options = FilmOptions(codec=codec, preview=preview)
    assert film_path(Path("reels") / source, options) == Path("reels") / name


def test_a_folder_gives_its_films_and_not_our_results(tmp_path: Path) -> None:
    for name in ("b.mp4", "a.MKV", "a-color.mkv", "c-color-preview.mp4", ".d.mp4", "notes.txt"):
        (tmp_path / name).touch()
    jobs = plan_films([tmp_path], None, options=FilmOptions())
    beside = tmp_path.with_name(tmp_path.name + "-color")
    assert jobs == [
        (tmp_path / "a.MKV", beside / "a-color.MKV"),
        (tmp_path / "b.mp4", beside / "b-color.mp4"),
    ]
    elsewhere = plan_films([tmp_path / "b.mp4"], tmp_path / "out", options=FilmOptions())
    assert elsewhere == [(tmp_path / "b.mp4", tmp_path / "out" / "b-color.mp4")]


def test_what_cannot_be_planned_is_refused(tmp_path: Path) -> None:
    two = [tmp_path / "one" / "a.mp4", tmp_path / "two" / "a.mp4"]
    with pytest.raises(InputError, match="would both become"):
        plan_films(two, tmp_path / "out", options=FilmOptions())
    with pytest.raises(InputError, match="give a folder"):
        plan_films(two, tmp_path / "out.mp4", options=FilmOptions())
    with pytest.raises(InputError, match="films are written as"):
        plan_films(two[:1], tmp_path / "out.webm", options=FilmOptions())
    with pytest.raises(InputError, match="holds no film"):
        plan_films([tmp_path], None, options=FilmOptions())


@pytest.mark.parametrize(
    "wrong", [{"every": 0}, {"calm": -1}, {"calm": 6}, {"quality": 52}, {"preview": 0}]
)
def test_values_outside_their_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(wrong))} must be"):
        FilmOptions(**wrong)  # type: ignore[arg-type]
