"""Small collections of colorful noise, gray originals and damaged files."""

from pathlib import Path

import pytest
from PIL import Image
from tests.unit.evaluation.photographs import Folder, colorful


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Write a folder of pictures: ``folder(color=3, gray=1, broken=1)``."""

    def write(*, color: int = 3, gray: int = 0, broken: int = 0) -> Path:
        place = tmp_path / "photos"
        place.mkdir()
        for number in range(color):
            Image.fromarray(colorful(number)).save(place / f"color-{number}.png")
        for number in range(gray):
            plain = colorful(number)[..., :1].repeat(3, axis=-1)
            Image.fromarray(plain).save(place / f"gray-{number}.png")
        for number in range(broken):
            (place / f"broken-{number}.png").write_bytes(b"\x89PNG\r\n\x1a\nnot really")
        return place

    return write
