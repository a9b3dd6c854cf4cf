"""Period film: what it does to lightness, and what goes with it."""

import numpy as np
import torch
from torch import Tensor

from photochrom.color.gamut import fit_to_srgb
from photochrom.color.lab import srgb_to_lab
from photochrom.lab.data.film import Exposure, draw_exposure, expose, fit_chroma

RED, BLUE, WHITE = (0.75, 0.1, 0.1), (0.1, 0.2, 0.8), (0.9, 0.9, 0.9)


def plain(count: int, weights: tuple[float, float, float]) -> Exposure:
    """Film of given weights without anything else."""
    one = torch.ones(count, 1, 1, 1)
    return Exposure(
        is_period=one,
        weights=torch.tensor(weights).reshape(1, 3, 1, 1).expand(count, -1, -1, -1),
        stops=0 * one,
        contrast=one,
        halation=0 * one,
        falloff=0 * one,
        darkest=0 * one,
        brightest=100 * one,
        stain=torch.zeros(count, 1, 4, 4),
        screen=torch.cat([3 * one, 0 * one], dim=1),
        border=torch.zeros(count, 4, 1, 1),
        paper=90 * one,
        captions=torch.zeros(count, 1, 24, 24),
    )


def patches(*colors: tuple[float, float, float]) -> Tensor:
    """Paint one picture with a vertical band of each color."""
    return torch.tensor(colors).T[:, None, :, None].expand(3, 32, -1, 16).reshape(1, 3, 32, -1)


def lightness_of(rgb: Tensor) -> Tensor:
    return srgb_to_lab(rgb.movedim(1, -1)).movedim(-1, 1)[:, :1]


def test_film_that_sees_as_people_do_changes_nothing() -> None:
    rgb = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    lightness, chroma = expose(rgb, plain(2, (0.2126, 0.7152, 0.0722)))
    assert torch.allclose(lightness, lightness_of(rgb), atol=0.05)
    truth = srgb_to_lab(rgb.movedim(1, -1)).movedim(-1, 1)[:, 1:]
    assert (chroma - truth).abs().mean() < 1.0  # the table of the largest chroma is coarse


def test_blue_sensitive_plates_darken_red_and_lighten_blue() -> None:
    rgb = patches(RED, BLUE, WHITE)
    before, (after, _) = lightness_of(rgb), expose(rgb, plain(1, (0.01, 0.1, 0.89)))
    red, blue, _ = ((after - before)[0, 0, 16, column].item() for column in (8, 24, 40))
    assert red < -15
    assert blue > 15


def test_the_colors_exist_at_the_lightness_that_film_shows() -> None:
    rgb = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    lightness, chroma = expose(rgb, plain(4, (0.01, 0.1, 0.89)))
    pairs = zip(lightness.numpy(), chroma.numpy(), strict=True)
    shown = np.stack([fit_to_srgb(light[0], color) for light, color in pairs])
    found = srgb_to_lab(shown)[..., 1:]
    wanted = chroma.movedim(1, -1).numpy()
    assert np.abs(found - wanted).mean() < 0.5
    assert np.abs(found - wanted).max() < 12  # next to the corners of sRGB the table is coarse


def test_hue_is_kept_when_chroma_is_reduced() -> None:
    chroma = torch.tensor([80.0, -60.0]).reshape(1, 2, 1, 1).expand(1, 2, 4, 4)
    fitted = fit_chroma(torch.full((1, 1, 4, 4), 95.0), chroma)
    assert fitted.norm(dim=1).max() < 30
    assert torch.allclose(fitted[:, 0] / fitted[:, 1], chroma[:, 0] / chroma[:, 1])


def test_borders_are_paper_without_color() -> None:
    exposure = plain(1, (0.2126, 0.7152, 0.0722))._replace(
        border=torch.tensor([0.25, 0.0, 0.0, 0.5]).reshape(1, 4, 1, 1)
    )
    lightness, chroma = expose(patches(RED, BLUE), exposure)
    assert torch.equal(lightness[0, 0, :, :8], torch.full((32, 8), 90.0))
    assert torch.equal(lightness[0, 0, 16:], torch.full((16, 32), 90.0))
    assert not chroma[0, :, :, :8].any()
    assert chroma[0, :, :16, 8:].abs().sum(dim=0).min() > 20


def test_modern_pictures_stay_and_the_share_holds() -> None:
    exposure = draw_exposure(2000, torch.Generator().manual_seed(2), share=0.35)
    assert 0.3 < exposure.is_period.mean() < 0.4
    assert torch.allclose(exposure.weights.sum(dim=1), torch.ones(2000, 1, 1))
    rgb = torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(3))
    modern = draw_exposure(8, torch.Generator().manual_seed(4), share=0.0)
    bare = modern._replace(border=0 * modern.border)
    assert torch.allclose(expose(rgb, bare)[0], lightness_of(rgb))


def test_the_same_draw_gives_the_same_pictures() -> None:
    rgb = torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(5))
    draws = [draw_exposure(6, torch.Generator().manual_seed(6), share=0.9) for _ in range(2)]
    first, second = (expose(rgb, draw) for draw in draws)
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
    assert first[0].min() >= 0
    assert first[0].max() <= 100
