from pathlib import Path

import pytest
from PIL import Image
from tests.unit.study.test_study_findings import MANIFEST, RESULT_FILE, TRUTH_FILE

from photochrom.errors import InputError
from photochrom.metrics.intervals import Interval
from photochrom.study.report.write import previews_of
from photochrom.study.statistics.rates import Judged, PictureRate


def rate(picture: str = "x0", *, model: str = "a", against: str = "truth") -> PictureRate:
    return PictureRate(
        shown=Judged(model, against),
        picture=picture,
        original=picture,
        labelled=1,
        answers=2,
        interval=Interval(0, 1),
    )


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    (folder / "pictures").mkdir(parents=True)
    for name, color in {RESULT_FILE: "red", TRUTH_FILE: "blue"}.items():
        Image.new("RGB", (20, 10), color).save(folder / "pictures" / f"{name}.png")
    return folder


def test_a_result_and_what_it_stood_against(study: Path) -> None:
    result, truth = previews_of(study, MANIFEST)(rate())
    assert result.startswith("data:image/webp")
    assert truth.startswith("data:image/webp")
    assert result != truth
    alone = previews_of(study, MANIFEST)(rate(model="truth"))
    assert alone == (truth, truth)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (rate("unknown"), "no picture 'unknown'"),
        (rate(model="b"), "no result of 'b'"),
        (rate(against="c"), "no result of 'c'"),
    ],
)
def test_what_the_study_does_not_have_is_named(study: Path, asked: PictureRate, said: str) -> None:
    with pytest.raises(InputError, match=said):
        previews_of(study, MANIFEST)(asked)


def test_a_lost_file_is_one_line(study: Path) -> None:
    (study / "pictures" / f"{RESULT_FILE}.png").unlink()
    with pytest.raises(InputError, match="cannot be shown"):
        previews_of(study, MANIFEST)(rate())


def test_a_report_follows_no_link(study: Path, tmp_path: Path) -> None:
    elsewhere = (study / "pictures" / f"{RESULT_FILE}.png").rename(tmp_path / "private.png")
    (study / "pictures" / f"{RESULT_FILE}.png").symlink_to(elsewhere)
    with pytest.raises(InputError, match="is a link"):
        previews_of(study, MANIFEST)(rate())
