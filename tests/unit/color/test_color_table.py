"""Colors that are looked up, beside those that are computed."""

import numpy as np
import pytest

from photochrom.color.gamut import fit_to_srgb
from photochrom.color.lab import gray_to_lightness, srgb_to_lab
from photochrom.color.table import color_table, table_places, within_table


def looked_up(codes: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    places, spare = np.empty(codes.size, np.intp), np.empty(codes.size, np.float32)
    table_places(codes, within_table(chroma.astype(np.float32)), places, spare)
    return color_table().take(places).view(np.uint8).reshape(-1, 4)[:, :3]


def test_gray_stays_gray() -> None:
    grays = np.arange(256, dtype=np.uint16)
    found = looked_up(grays * np.uint16(257), np.zeros((2, 256)))
    assert (found == grays[:, None]).all()


@pytest.mark.parametrize("strength", [10, 40, 200])
def test_colors_are_those_that_are_computed_to_half_a_step(strength: float) -> None:
    """Also outside sRGB, where as much chroma is left as fits."""
    random = np.random.default_rng(0)
    codes = random.integers(257 * 12, 65536, 50_000).astype(np.uint16)  # black has no room
    chroma = random.normal(0, strength, (2, codes.size)).astype(np.float32)
    lightness = gray_to_lightness(codes / 65535).astype(np.float32)
    exact = srgb_to_lab(fit_to_srgb(lightness[None], chroma[:, None])[0])
    found = srgb_to_lab((looked_up(codes, chroma) / 255).astype(np.float32))
    difference = np.linalg.norm(found - exact, axis=1)
    assert difference.mean() < 0.8
    assert np.quantile(difference, 0.999) < 3
    assert np.abs(found - exact)[:, 0].max() < 1
