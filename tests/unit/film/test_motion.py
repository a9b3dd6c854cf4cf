"""Vectors of things that move by a known way, and where they are not to be trusted."""

import numpy as np
import pytest

from photochrom.film.motion import link, motions, softened, warp

HEIGHT, WIDTH = 72, 104


def texture(seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).uniform(0, 100, (HEIGHT + 60, WIDTH + 60))
    return softened(softened(noise.astype(np.float32)))


def window(big: np.ndarray, y: int, x: int) -> np.ndarray:
    return big[20 + y : 20 + y + HEIGHT, 20 + x : 20 + x + WIDTH]


def links_of(frames: list[np.ndarray]) -> list:
    found = list(motions(frames))
    return [
        link(one, two, after.to_last, before.to_next)
        for one, two, before, after in zip(frames, frames[1:], found, found[1:], strict=False)
    ]


def test_a_pan_is_found_for_every_frame_to_below_a_pixel() -> None:
    big = texture()
    frames = [window(big, -2 * n, 3 * n) for n in range(5)]
    links = links_of(frames)
    assert len(links) == 4
    inner = np.s_[:, 16:-16, 16:-16]
    for each in links:
        assert np.abs(each.back[inner][0] - 3).mean() < 0.15
        assert np.abs(each.back[inner][1] + 2).mean() < 0.15
        assert np.abs(each.ahead[inner][0] + 3).mean() < 0.15
        assert each.trust_back[inner[1:]].mean() > 0.95


def test_half_a_pixel_is_found_as_well() -> None:
    big = texture()
    half = (big[:, :-1] + big[:, 1:]) / 2
    (only,) = links_of([window(big, 0, 0), window(half, 0, 0)])
    assert np.median(only.back[0]) == pytest.approx(0.5, abs=0.15)


def test_grain_moves_nothing() -> None:
    rng = np.random.default_rng(1)
    flat = np.full((HEIGHT, WIDTH), 40.0)
    frames = [softened((flat + rng.normal(0, 3, flat.shape)).astype(np.float32)) for _ in range(3)]
    for each in links_of(frames):
        assert np.abs(each.back).max() < 0.5
        assert each.trust_back.mean() > 0.95


def test_a_change_of_exposure_costs_no_trust() -> None:
    big = texture()
    frames = [window(big, 0, n) * (0.5 + 0.1 * n) for n in range(4)]
    for each in links_of(frames):
        assert each.trust_back[8:-8, 8:-8].mean() > 0.9


def test_what_is_new_is_not_trusted() -> None:
    big, other = texture(), texture(7)
    frames = [window(big, 0, 0).copy() for _ in range(2)]
    frames[1][20:52, 30:70] = window(other, 0, 0)[20:52, 30:70]  # nothing leads here
    (only,) = links_of(frames)
    assert only.trust_back[24:48, 34:66].mean() < 0.5
    assert only.trust_back[:12].mean() > 0.95


def test_a_warp_by_nothing_is_the_same() -> None:
    maps = np.random.default_rng(0).normal(size=(3, 5, 7)).astype(np.float32)
    assert (warp(maps, np.zeros((2, 5, 7), np.float32)) == maps).all()
