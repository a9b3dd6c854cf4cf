"""The darkroom among many who ask at once."""

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import pytest
from tests.photographs import save_gray

from photochrom.engine.colorizer import Colorizer
from photochrom.studio.adjustments import Adjustments
from photochrom.studio.darkroom import Darkroom, Excerpt
from photochrom.studio.models import Models

ASKED: dict[str, Callable[[Darkroom, Path], object]] = {
    "gray": lambda room, source: room.gray(source, 64),
    "detail": lambda room, source: room.detail(source, Adjustments(), Excerpt(0, 0, 8, 8), 8),
    "original": lambda room, source: room.original(source, 64),
    "color": lambda room, source: room.color(source, Adjustments(), 64),
    "facts": lambda room, source: room.facts(source, Adjustments()),
    "guesses": lambda room, source: room.guesses(source, None),
    "doubt": lambda room, source: room.doubt(source, None, 64),
    "save": lambda room, source: room.save(
        source, Adjustments(), name="saved.png", folder=source.parent
    ),
}


class OnePlace:
    """Stands for the places at work; whoever wants a second one would wait for ever."""

    is_taken = False

    def __enter__(self) -> None:
        assert not self.is_taken, "it waits for a place while it holds one"
        self.is_taken = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_taken = False


@pytest.mark.parametrize("asked", ASKED)
def test_nobody_who_holds_a_place_waits_for_another(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    room = Darkroom(Models(Colorizer(tiny_model, threads=1), tmp_path))
    monkeypatch.setattr(room, "_at_work", OnePlace())
    ASKED[asked](room, save_gray(tmp_path / "a.png"))
    assert not room._at_work.is_taken
