"""Frames in color of films, as a collection: one a scene, none of the gray ones."""

from pathlib import Path

import numpy as np
import pytest
from tests.films import colored, waves, write_film

from photochrom.cli.photos import open_photos_and_films
from photochrom.errors import InputError
from photochrom.film import sampling
from photochrom.film.sampling import color_frames


def day_and_night(number: int) -> np.ndarray:
    """Six frames of day, eight of night, six of another day that begins in the dark."""
    if number < 6:
        return colored(0)
    if number < 14:
        return waves(number) // 2
    return (colored(40)[:, ::-1] * min(1, (number - 13) / 3)).astype(np.uint8)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("camera") / "clips" / "deer.mkv"
    place.parent.mkdir()
    return write_film(place, codec="ffv1", look=day_and_night, sound=None)


def test_one_frame_of_each_scene_in_color_is_taken(clip: Path) -> None:
    first, second = color_frames(clip)
    assert first.name == f"{clip} at 0.10 s"
    assert (second.name, second.label) == (f"{clip} at 0.57 s", "")
    assert np.abs(first.read().astype(int) - colored(0)).mean() < 12  # colors of half the size
    assert np.abs(second.read().astype(int) - colored(40)[:, ::-1]).mean() < 12


def test_of_long_scenes_several_are_taken(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "_EVERY_S", 0.1)  # three frames
    assert len(color_frames(clip)) == 4


def test_films_stand_for_their_frames_beside_photographs(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.png").write_bytes(color_frames(clip)[0].load())
    names = [item.name for item in open_photos_and_films([tmp_path / "photos", clip])]
    assert names == [f"{clip} at 0.10 s", f"{clip} at 0.57 s", "a.png"]
    assert "2 frames in color of one film" in capsys.readouterr().err
    assert len(open_photos_and_films([clip.parent])) == 2
    (clip.parent / "b.png").write_bytes(b"")
    assert [item.name for item in open_photos_and_films([clip.parent])] == ["b.png"]


def test_films_without_color_are_refused(tmp_path: Path) -> None:
    night = write_film(tmp_path / "night.mp4", frames=6, sound=None)
    with pytest.raises(InputError, match=r"night.mp4: no scene is in color"):
        open_photos_and_films([night])
    with pytest.raises(InputError, match="No such file"):
        open_photos_and_films([tmp_path / "none.mp4"])
