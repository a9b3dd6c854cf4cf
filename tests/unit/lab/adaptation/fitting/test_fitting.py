"""Colors that are fitted for their error at equal colorfulness."""

import pytest
import torch
from torch import Tensor

pytest.importorskip("lightning")

from photochrom.lab.adaptation.fitting.fit import Fit, expanded, fit_colors
from photochrom.lab.adaptation.fitting.ridge import ridge
from photochrom.metrics.colorfulness import _spread_and_mean

PHOTOS, CELLS = 12, 80
STIFFNESS = torch.tensor([1e-3, 1e-3, 1e-3, 0.0], dtype=torch.float64)
GRAY = torch.zeros(4, 2)


def photographs(seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Make cells that are vivid or nearly gray, which columns only hint at."""
    generator = torch.Generator().manual_seed(seed)
    count = PHOTOS * CELLS
    seen, one, two = torch.randn(3, count, generator=generator)
    is_vivid = (seen + 0.5 * torch.randn(count, generator=generator) > 0.8).float()
    colors = is_vivid[:, None] * torch.tensor([40.0, 20.0])
    colors = colors + 8 * torch.randn(count, 2, generator=generator)
    columns = torch.stack([seen, one, two, torch.ones(count)], dim=1)
    return columns, colors, torch.arange(PHOTOS).repeat_interleave(CELLS)


def painted_by(fit: Fit, columns: Tensor) -> Tensor:
    return expanded(columns @ fit.weights, fit.limits)


def colorfulness(colors: Tensor) -> float:
    """Mean over photographs, on a* and b*; worked out by other code than the fit's."""
    each = colors.reshape(PHOTOS, CELLS, 2).double().numpy()
    return sum(_spread_and_mean(photo[:, 0], photo[:, 1]) for photo in each) / PHOTOS


def error_at(share: float, painted: Tensor, colors: Tensor) -> float:
    """Mean ab error of colors that are scaled to a share of the truth's colorfulness."""
    scaled = painted * share * colorfulness(colors) / colorfulness(painted)
    return float((scaled - colors).norm(dim=1).mean())


def test_the_photographs_learned_from_get_the_colorfulness_asked_for() -> None:
    columns, colors, photos = photographs(0)
    painted = painted_by(fit_colors(columns, colors, photos, STIFFNESS, GRAY), columns)
    assert colorfulness(painted) / colorfulness(colors) == pytest.approx(0.8, abs=0.06)


def test_fresh_photographs_are_nearer_the_truth_than_by_ridge_at_equal_colorfulness() -> None:
    columns, colors, photos = photographs(1)
    fitted = fit_colors(columns, colors, photos, STIFFNESS, GRAY)
    squares = ridge(columns, colors, torch.ones(len(columns)), STIFFNESS)
    columns, colors, _ = photographs(2)
    ours = error_at(0.7, painted_by(fitted, columns), colors)
    theirs = error_at(0.7, columns @ squares, colors)
    assert ours < 0.97 * theirs


def test_stiff_columns_are_held_back() -> None:
    columns, colors, photos = photographs(3)
    stiff = torch.tensor([50.0, 1e-3, 1e-3, 0.0], dtype=torch.float64)
    free, held = (fit_colors(columns, colors, photos, each, GRAY) for each in (STIFFNESS, stiff))
    assert held.weights[0].norm() < 0.2 * free.weights[0].norm()


def test_what_the_photographs_hardly_show_gets_the_colors_held_to() -> None:
    columns, colors, photos = photographs(3)
    columns[:, 2] *= 0.01
    held = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, -30.0], [0.0, 0.0]])
    stiff = torch.tensor([1e-3, 1e-3, 3.0, 0.0], dtype=torch.float64)
    weights = fit_colors(columns, colors, photos, stiff, held).weights
    assert weights[2].tolist() == pytest.approx([0, -30], abs=6)
    assert weights[0].norm() > 5


def test_the_same_cells_give_the_same_weights() -> None:
    given = photographs(4)
    first, second = (fit_colors(*given, STIFFNESS, GRAY) for _ in range(2))
    assert torch.equal(first.weights, second.weights)


def test_gray_cells_give_gray() -> None:
    columns, colors, photos = photographs(5)
    painted = painted_by(fit_colors(columns, 0 * colors, photos, STIFFNESS, GRAY), columns)
    assert painted.norm(dim=1).max() < 1


def test_no_color_goes_beyond_those_learned_from_however_strange_a_cell() -> None:
    columns, colors, photos = photographs(6)
    fit = fit_colors(columns, colors, photos, STIFFNESS, GRAY)
    for strange in (20 * columns, -20 * columns):
        assert (strange @ fit.weights).norm(dim=1).max() > 200
        offset = painted_by(fit, strange) - fit.limits.center
        assert (offset @ fit.limits.form * offset).sum(dim=1).max() < 1.0001
    offset = colors - fit.limits.center
    assert (offset @ fit.limits.form * offset).sum(dim=1).max() > 1
