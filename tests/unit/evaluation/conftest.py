"""Small collections of colorful noise, gray originals and damaged files."""

import functools
from pathlib import Path

import pytest
from tests.unit.evaluation.photographs import Folder, save_photographs


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Write a folder of pictures: ``folder(color=3, gray=1, broken=1)``."""
    return functools.partial(save_photographs, tmp_path / "photos")
