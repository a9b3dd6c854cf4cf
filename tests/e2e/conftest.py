from collections.abc import Iterator
from typing import BinaryIO

import pytest
from PIL import Image


@pytest.fixture(scope="session", autouse=True)
def _share_exports(shared_exports: object) -> None:
    """Let the commands of these tests share graphs."""


@pytest.fixture
def clock_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results carry the time they were made at; here it must not matter how long that takes."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


@pytest.fixture(scope="module", autouse=True)
def _blank_figures() -> Iterator[None]:
    """Let runs draw nothing, which takes longer than to train; their own tests look at figures."""
    from matplotlib.figure import Figure  # noqa: PLC0415  (slow to import)

    draw = Figure.savefig

    def blank(self: object, file: BinaryIO, **how: object) -> None:
        if how["format"] == "png":
            Image.new("RGB", (120, 80)).save(file, "png")
        else:
            draw(self, file, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", blank)
        yield
