from pathlib import Path

import pytest

from photochrom.models.ranking import in_words, ranked
from photochrom.models.registry import find_model


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PHOTOCHROM_HOME", str(tmp_path))
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def test_words_stand_for_what_can_be_had() -> None:
    fast, better, best = ranked()
    assert (fast.level, fast.model, fast.is_installed, fast.way) == ("fast", "autochrome", True, "")
    assert (better.level, better.model, better.is_installed) == ("better", "ddcolor-tiny", False)
    assert better.way.endswith("run: photochrom models fetch ddcolor-tiny")
    assert (best.level, best.model, best.is_installed) == ("best", "ddcolor", False)


def test_what_is_installed_goes_first(home: Path) -> None:
    (home / "ddcolor-artistic.onnx").write_bytes(b"")
    best = ranked()[-1]
    assert (best.model, best.is_installed, best.way) == ("ddcolor-artistic", True, "")
    (home / "ddcolor.onnx").write_bytes(b"")
    assert ranked()[-1].model == "ddcolor"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ddcolor", "best, slow: 912 MB, about 16 s a photograph"),
        ("deoldify-artistic", "very slow: 255 MB, about 26 s a photograph"),
        ("cic", "fast: about 3 s a photograph"),
    ],
)
def test_size_and_speed_are_told_in_words(name: str, text: str) -> None:
    assert in_words(find_model(name)) == text
