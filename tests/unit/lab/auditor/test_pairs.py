from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from photochrom.errors import InputError, RunError
from photochrom.lab.auditor.learn import _moved
from photochrom.lab.auditor.pairs import same_path
from photochrom.lab.auditor.settings import AuditorSettings, Encoder
from photochrom.lab.auditor.sides import Sides, only_lightness, reencoded, shuffled
from photochrom.picture import read_color
from photochrom.picture.pixels import to_gray


def noise(count: int, side: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), np.uint8)


def test_both_sides_of_a_pair_have_the_same_lightness_after_shrinking() -> None:
    truth, colored = noise(2, 60)
    first, second = same_path(truth, colored, 32)
    assert first.shape == second.shape == (32, 32, 3)
    assert np.abs(to_gray(first).astype(int) - to_gray(second)).max() <= 1
    assert np.abs(first.astype(int) - second).max() > 20


def test_the_lightness_view_holds_no_color_and_the_rounded_luminance() -> None:
    pictures = torch.from_numpy(noise(3, 16))
    seen = only_lightness(Sides(pictures, pictures.flip(0)))
    assert (seen.real[..., 0] == seen.real[..., 1]).all()
    assert (seen.real[0, ..., 0].numpy() == to_gray(pictures[0].numpy())).all()
    assert (seen.artificial == seen.real.flip(0)).all()


def test_the_reencoded_view_sets_a_photograph_beside_itself() -> None:
    pictures = torch.from_numpy(noise(2, 16))
    sides = Sides(pictures, 255 - pictures)
    assert (reencoded(sides, Encoder.parse("png")).artificial == pictures).all()
    assert (reencoded(sides, Encoder.parse("jpeg:20")).artificial != pictures).any()


def test_shuffling_swaps_whole_pairs() -> None:
    pictures = torch.from_numpy(noise(40, 4))
    mixed = shuffled(Sides(pictures, 255 - pictures), seed=1)
    is_kept = (mixed.real == pictures).all(dim=(1, 2, 3))
    assert 10 < int(is_kept.sum()) < 30
    assert (mixed.real[~is_kept] == 255 - pictures[~is_kept]).all()
    assert (mixed.artificial == 255 - mixed.real).all()


def test_both_of_a_pair_are_moved_alike() -> None:
    torch.manual_seed(0)
    pictures = torch.rand(8, 3, 16, 16)
    moved = _moved(torch.cat([pictures, 1 - pictures], dim=1))
    assert torch.allclose(moved[:, :3], 1 - moved[:, 3:])
    assert not torch.allclose(moved[:, :3], pictures)


@pytest.mark.parametrize("text", ["jpeg", "jpeg:0", "jpeg:101", "png:3", "gif", "webp:x", ""])
def test_an_unknown_encoder_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="there are png, jpeg"):
        Encoder.parse(text)


def test_encoders_keep_pictures_as_well_as_they_say() -> None:
    picture = np.full((16, 16, 3), (200, 80, 30), np.uint8)
    assert (read_color(Encoder.parse("png").encode(picture), name="") == picture).all()
    lossy = read_color(Encoder.parse("jpeg:90").encode(picture), name="")
    assert np.abs(lossy.astype(int) - picture).max() <= 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pairs": 49}, "needs 50 pairs, not 49"),
        ({"size": 30}, "from 32 to 512, a multiple of 16, not 30"),
        ({"epochs": -1}, "epochs must not be below 0"),
        ({"network": "resnet"}, "paper or patch"),
        ({"color_block": 3}, "color-block must be 1, 2, 4, 8, 16, 32, not 3"),
        ({"color_block": 8, "network": "paper"}, "color-block must be 1, not 8"),
        ({"size": 48, "color_block": 32}, "a multiple of 32, not 48"),
    ],
)
def test_impossible_settings_are_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        AuditorSettings(**changes)  # type: ignore[arg-type]


def test_settings_of_the_network_are_filled_in() -> None:
    paper = AuditorSettings(network="paper")
    assert (paper.size, paper.epochs, paper.color_block) == (150, 10, 1)
    assert AuditorSettings().color_block == 16


def test_errors_of_runs_are_ours(tmp_path: Path) -> None:
    from photochrom.lab.auditor.audit import _check_settings  # noqa: PLC0415

    _check_settings(tmp_path, AuditorSettings(seed=1))
    with pytest.raises(RunError, match="seed: 1 -> 2"):
        _check_settings(tmp_path, AuditorSettings(seed=2))
