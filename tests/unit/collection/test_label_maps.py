"""Label maps."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photochrom.collection.label_maps import LabelMaps, read_label_map
from photochrom.errors import InputError


def save(path: Path, values: list[list[int]]) -> Path:
    Image.fromarray(np.array(values, np.uint8)).save(path)
    return path


def test_a_mask_of_0_and_255_knows_one_kind(tmp_path: Path) -> None:
    assert read_label_map(save(tmp_path / "a.png", [[0, 255]])).tolist() == [[0, 1]]
    assert read_label_map(save(tmp_path / "b.png", [[0, 2, 1]])).tolist() == [[0, 2, 1]]


def test_what_is_no_label_map(tmp_path: Path) -> None:
    Image.new("RGB", (2, 2), (9, 3, 1)).save(tmp_path / "rgb.png")
    Image.new("L", (2, 2)).save(tmp_path / "jpeg.png", format="JPEG")
    (tmp_path / "torn.png").write_bytes(save(tmp_path / "a.png", [[1, 2]]).read_bytes()[:40])
    for name, told in (("rgb", "one channel"), ("jpeg", "not a PNG"), ("torn", "damaged")):
        with pytest.raises(InputError, match=told):
            read_label_map(tmp_path / f"{name}.png")


def test_a_map_is_found_by_stem_and_must_fit(tmp_path: Path) -> None:
    save(tmp_path / "a.png", [[0, 2], [1, 1]])
    maps = LabelMaps(tmp_path)
    assert maps.of("birds/a.jpg", (2, 2), kinds=2).tolist() == [[0, 2], [1, 1]]
    with pytest.raises(InputError, match="no label map b"):
        maps.of("b.jpg", (2, 2), kinds=2)
    with pytest.raises(InputError, match="is 2×2 pixels, its picture 2×3"):
        maps.of("a.jpg", (3, 2), kinds=2)
    with pytest.raises(InputError, match="number 2, and there are 1 kinds"):
        maps.of("a.jpg", (2, 2), kinds=1)


def test_two_maps_of_one_stem(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        save(tmp_path / folder / "a.png", [[1]])
    with pytest.raises(InputError, match="would share one label map"):
        LabelMaps(tmp_path)
