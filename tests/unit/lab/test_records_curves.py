from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import _pylab_helpers
from PIL import Image

from photochrom.errors import InputError, RunError
from photochrom.lab.training.records.curve_plot import (
    CURVES_FILE,
    CurvePlot,
    plot_curves,
    read_curves,
    running_mean,
)

HEADER = "held_out/auc,held_out/auc_over_gray,loss,epoch,step\r\n"


def log(run: Path, version: int, *rows: str, header: str = HEADER) -> None:
    folder = run / "curves" / f"version_{version}"
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text(header + "\r\n".join(rows) + "\r\n", newline="")


def pairs(run: Path, name: str) -> list[tuple[int, float]]:
    steps, values = read_curves(run)[name]
    return list(zip(steps.tolist(), values.tolist(), strict=True))


def test_losses_and_scores_of_one_file_become_curves(tmp_path: Path) -> None:
    log(tmp_path, 0, ",,5.5,0,10", ",,4.5,0,20", "88.0,-1.0,,0,20")
    assert pairs(tmp_path, "loss") == [(10, 5.5), (20, 4.5)]
    assert pairs(tmp_path, "held_out/auc") == [(20, 88.0)]
    assert set(read_curves(tmp_path)) == {"loss", "held_out/auc", "held_out/auc_over_gray"}


def test_steps_done_again_after_a_crash_are_counted_once(tmp_path: Path) -> None:
    log(tmp_path, 0, ",,5,0,10", ",,4,0,20", "88,-1,,0,20", ",,3,0,30")
    log(tmp_path, 1, ",,4.1,0,20", "89,0,,0,20", ",,3.1,0,30")
    assert pairs(tmp_path, "loss") == [(10, 5.0), (20, 4.1), (30, 3.1)]
    assert pairs(tmp_path, "held_out/auc") == [(20, 89.0)]


def test_the_tenth_resumption_comes_after_the_second(tmp_path: Path) -> None:
    for version in (10, 2):
        log(tmp_path, version, f",,{version},0,{version}")
    assert pairs(tmp_path, "loss") == [(2, 2.0), (10, 10.0)]


def test_a_resumption_that_logged_nothing_changes_nothing(tmp_path: Path) -> None:
    log(tmp_path, 0, ",,5,0,10")
    log(tmp_path, 1)
    assert pairs(tmp_path, "loss") == [(10, 5.0)]


def test_a_row_cut_short_by_a_crash_is_left_out(tmp_path: Path) -> None:
    log(tmp_path, 0, ",,5,0,10")
    with (tmp_path / "curves" / "version_0" / "metrics.csv").open("a") as file:
        file.write(",,4,0,2")  # of 20
    assert pairs(tmp_path, "loss") == [(10, 5.0)]


def test_values_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    log(tmp_path, 0, ",,nan,0,10", ",,inf,0,20", ",,x,0,30", ",,5,0,", ",,4,0,40,9")
    assert pairs(tmp_path, "loss") == [(40, 4.0)]


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    log(tmp_path, 0)
    (tmp_path / "curves" / "version_0" / "metrics.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(RunError, match=r"metrics\.csv cannot be read"):
        read_curves(tmp_path)


def test_the_running_mean_keeps_length_level_and_ends() -> None:
    noisy = 3 + np.random.default_rng(0).normal(size=500)
    mean = running_mean(noisy)
    assert mean.shape == noisy.shape
    assert mean.std() < noisy.std() / 2
    assert np.allclose(running_mean(np.full(500, 3.0)), 3)
    assert running_mean(np.array([1.0, 9.0])).tolist() == [1, 9]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def ink(picture: np.ndarray, color: tuple[int, int, int]) -> int:
    return int((np.abs(picture.astype(int) - color).max(axis=-1) < 12).sum())


def test_curves_are_drawn_in_their_colors_and_leave_pyplot_alone(tmp_path: Path) -> None:
    settings = dict(matplotlib.rcParams)
    rows = [f",,{5 - step / 100},0,{step}" for step in range(10, 210, 10)]
    log(tmp_path, 0, *rows, "88,-1,,0,100", "90,1,,0,200")
    plot_curves(tmp_path, tmp_path / "curves.png")
    picture = pixels(tmp_path / "curves.png")
    assert ink(picture, (0, 114, 178)) > 300, "no training loss"
    assert ink(picture, (213, 94, 0)) > 300, "no held-out score"
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert dict(matplotlib.rcParams) == settings
    assert not _pylab_helpers.Gcf.figs


def test_generator_and_discriminator_share_a_panel(tmp_path: Path) -> None:
    heights = []
    for names in ("adversarial", "adversarial,discriminator"):
        values = ",".join("1" * len(names.split(",")))
        log(tmp_path / names, 0, f"{values},10", f"{values},20", header=f"{names},step\r\n")
        plot_curves(tmp_path / names, tmp_path / names / "curves.png")
        heights.append(len(pixels(tmp_path / names / "curves.png")))
    assert heights[0] == heights[1]


def test_a_run_that_logged_nothing_yet_leaves_no_picture(tmp_path: Path) -> None:
    plot_curves(tmp_path, tmp_path / "curves.png")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    log(tmp_path, 0, ",,5,0,10")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"curves\.png cannot be written"):
        plot_curves(tmp_path, tmp_path / "file" / "curves.png")


@pytest.mark.parametrize("is_first", [True, False])
def test_only_the_first_of_several_processes_draws(tmp_path: Path, is_first: bool) -> None:
    log(tmp_path, 0, ",,5,0,10")
    trainer: Any = SimpleNamespace(is_global_zero=is_first)
    CurvePlot(tmp_path).on_train_end(trainer, None)
    assert (tmp_path / CURVES_FILE).exists() is is_first
