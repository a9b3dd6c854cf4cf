from io import BytesIO

import numpy as np
import pytest
import torch
from PIL import Image

from photochrom.lab.data.degrade import Aging, age, draw_aging, jpeg

CODES_PER_LIGHTNESS = 2.55


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def aged_at_random(lightness: torch.Tensor, *, share: float) -> torch.Tensor:
    grain = torch.randn(lightness.shape, generator=seeded(1))
    return age(lightness, draw_aging(len(lightness), seeded(), share=share), grain)


def test_aging_keeps_range_and_touches_its_share() -> None:
    lightness = torch.full((200, 1, 16, 16), 50.0)
    aged = aged_at_random(lightness, share=0.5)
    assert float(aged.min()) >= 0
    assert float(aged.max()) <= 100
    touched = (aged != lightness).flatten(1).any(dim=1).float().mean()
    assert 0.35 < float(touched) < 0.65
    assert torch.equal(aged_at_random(lightness, share=0.0), lightness)


@pytest.mark.parametrize("size", [(1, 1), (7, 21), (16, 30)])
def test_any_size_can_be_aged(size: tuple[int, int]) -> None:
    lightness = 100 * torch.rand(5, 1, *size, generator=seeded())
    aged = aged_at_random(lightness, share=1.0)
    assert aged.shape == lightness.shape
    assert bool(aged.isfinite().all())


def test_each_picture_ages_in_its_own_measure() -> None:
    aging = draw_aging(400, seeded(), share=1.0)
    assert bool(aging.is_aged.all())
    assert 0.4 < float(aging.is_jpeg.mean()) < 0.6
    for measure, low, high in [
        (aging.blur_px, 0, 1.2),
        (aging.contrast, 0.7, 1.15),
        (aging.brightness, -8, 8),
        (aging.grain_strength, 0, 4),
        (aging.quality, 30, 95),
    ]:
        assert low <= float(measure.min()) < float(measure.max()) <= high
        assert float(measure.max() - measure.min()) > 0.9 * (high - low)


def measured(**measures: float) -> Aging:
    """One picture of 8 x 8 pixels that ages as said and in no other way."""
    neutral = {"is_aged": 1.0, "contrast": 1.0}
    values = dict.fromkeys(Aging._fields, 0.0) | neutral | measures
    return Aging(*(torch.full((1, 1, 1, 1), values[name]) for name in Aging._fields))


RAMP = torch.linspace(0, 100, 64).reshape(1, 1, 8, 8)
GRAIN = torch.randn(1, 1, 8, 8, generator=seeded())


def test_grain_is_as_strong_as_drawn() -> None:
    flat = torch.full((1, 1, 8, 8), 50.0)
    aged = age(flat, measured(grain_strength=3.0, quality=50.0), GRAIN)
    assert torch.allclose(aged, flat + 3 * GRAIN, atol=1e-3)


def test_aging_makes_nothing_on_another_device() -> None:
    aging = Aging(*(measure.to("meta") for measure in draw_aging(1, seeded(), share=1.0)))
    assert age(RAMP.to("meta"), aging, GRAIN.to("meta")).device.type == "meta"


def test_fading_and_brightening_are_a_straight_line() -> None:
    aged = age(RAMP, measured(contrast=0.8, brightness=5.0, quality=50.0), GRAIN)
    assert torch.allclose(aged, 0.8 * (RAMP - 50) + 55, atol=1e-3)


def test_a_jpeg_is_made_where_one_is_drawn() -> None:
    quality = torch.full((1, 1, 1, 1), 30.0)
    aged = age(RAMP, measured(is_jpeg=1.0, quality=30.0), GRAIN)
    assert torch.allclose(aged, jpeg(RAMP, quality), atol=1e-2)
    assert not torch.allclose(aged, RAMP, atol=0.5)


def photograph(height: int, width: int) -> np.ndarray:
    """Waves and grain: (height, width) uint8."""
    down, across = np.mgrid[:height, :width]
    grain = np.random.default_rng(0).normal(0, 8, (height, width))
    codes = 128 + 70 * np.sin(across / 9) + 40 * np.cos(down / 5) + grain
    return np.rint(np.clip(codes, 0, 255)).astype(np.uint8)


def ours(codes: np.ndarray, quality: int) -> np.ndarray:
    lightness = torch.from_numpy(codes / CODES_PER_LIGHTNESS).float()[None, None]
    stored = jpeg(lightness, torch.full((1, 1, 1, 1), float(quality)))
    return stored[0, 0].numpy() * CODES_PER_LIGHTNESS


def pillows(codes: np.ndarray, quality: int) -> np.ndarray:
    stream = BytesIO()
    Image.fromarray(codes).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream)).astype(float)


@pytest.mark.parametrize("quality", [5, 30, 49, 50, 75, 95, 100])
@pytest.mark.parametrize("size", [(64, 64), (61, 83)])
def test_jpeg_loses_what_pillow_loses(quality: int, size: tuple[int, int]) -> None:
    codes = photograph(*size)
    stored = pillows(codes, quality)
    error = np.abs(ours(codes, quality) - stored)
    assert error.max() < 8
    assert error.mean() < 0.6  # codes; theirs are rounded, which alone is 0.25
    if quality <= 75:
        assert error.mean() < 0.1 * np.abs(codes - stored).mean()


def test_each_picture_has_its_own_quality() -> None:
    codes = photograph(64, 64)
    lightness = torch.from_numpy(codes / CODES_PER_LIGHTNESS).float().expand(2, 1, 64, 64)
    both = jpeg(lightness, torch.tensor([30.0, 90.0]).reshape(2, 1, 1, 1))
    for row, quality in enumerate((30, 90)):
        alone = ours(codes, quality) / CODES_PER_LIGHTNESS
        assert np.allclose(both[row, 0].numpy(), alone, atol=1e-3)


def test_a_flat_picture_survives_jpeg() -> None:
    flat = torch.full((1, 1, 20, 20), 50.0)
    assert torch.allclose(jpeg(flat, torch.full((1, 1, 1, 1), 90.0)), flat, atol=0.2)
