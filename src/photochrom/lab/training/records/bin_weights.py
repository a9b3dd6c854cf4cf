"""The weight of each bin in a rebalanced loss, drawn over its rarity and over the ab plane."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.arrays import F64
from photochrom.color.gamut import fit_to_srgb
from photochrom.lab.training.records.figures import (
    BLUE,
    INK,
    new_figure,
    quiet,
    write_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BIN_WEIGHTS_FILE: Final = "bin-weights.png"
_SHOWN_LIGHTNESS: Final = 65.0  # L* at which bins are shown in their own colors
_SMALLEST_PERCENT: Final = 2e-5  # below it the shares are only the smoothing's tails
_RATIOS: Final = [digit * 10.0**power for power in range(-4, 5) for digit in (1, 2, 5)]


def plot_bin_weights(weights: F64, prior: F64, bins: NDArray[Any], target: Path) -> None:
    """Draw the papers' picture of rebalancing: how much more rare colors count.

    On the left the bins from common to rare: how often they occur, their own colors at L* 65, and
    what they weigh. On the right the weights where the bins lie.

    Args:
        weights: (Q,) above 0.
        prior: (Q,) shares above 0, sum 1.
        bins: (Q, 2) a* and b*, centers of a square grid.
        target: PNG file.

    Raises:
        InputError: when the target cannot be written to.
    """
    figure = new_figure(1150, 540)
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.1)
    grid = figure.add_gridspec(2, 2, width_ratios=[1.15, 1])
    upper, lower = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[1, 0])
    order = np.argsort(-prior, kind="stable")
    _draw_steps(upper, 100 * prior[order], "Share of the training pixels, %")
    upper.set_yscale("log")
    upper.set_ylim(bottom=max(100 * float(prior.min()), _SMALLEST_PERCENT))
    upper.yaxis.set_major_formatter("{x:g}")
    upper.tick_params(bottom=False, labelbottom=False)
    _draw_ribbon(upper, bins[order])
    _draw_steps(lower, weights[order], "Weight in the loss")
    lower.set_ylim(bottom=0)
    lower.set_xlabel(f"{len(bins)} bins, from common to rare", fontsize=9, color=INK)
    _draw_map(figure.add_subplot(grid[:, 1]), weights, bins)
    write_figure(figure, target)


def _draw_steps(axes: "Axes", heights: F64, title: str) -> None:
    quiet(axes, title)
    axes.stairs(heights, baseline=None, color=BLUE, linewidth=1.7)
    axes.set_xlim(0, len(heights))


def _draw_ribbon(axes: "Axes", bins: NDArray[Any]) -> None:
    """Show below a panel the colors of bins, as vivid as sRGB has them."""
    lightness = np.full((1, len(bins)), _SHOWN_LIGHTNESS, np.float32)
    srgb = fit_to_srgb(lightness, np.asarray(bins, np.float32).T[:, None])
    ribbon = axes.inset_axes((0, -0.11, 1, 0.08))
    ribbon.imshow(srgb.clip(0, 1), aspect="auto", interpolation="nearest")
    ribbon.set_axis_off()
    label = f"their colors at L* {_SHOWN_LIGHTNESS:.0f}"
    axes.text(0, -0.14, label, transform=axes.transAxes, va="top", fontsize=9, color=INK)


def _draw_map(axes: "Axes", weights: F64, bins: NDArray[Any]) -> None:
    """Fill each bin's square with its weight, from dark to light on a scale by ratio."""
    from matplotlib.colors import LogNorm  # noqa: PLC0415  (slow to load)

    quiet(axes, "Weight over the ab plane")
    step = float(np.diff(np.unique(bins[:, 0])).min())
    low = bins.min(axis=0)
    rows, columns = np.round((bins[:, ::-1] - low[::-1]) / step).astype(int).T
    cells = np.full((rows.max() + 1, columns.max() + 1), np.nan)
    cells[rows, columns] = weights
    high = low + step * np.array(cells.shape[::-1])
    a_edges, b_edges = (
        np.arange(edge - step / 2, end, step) for edge, end in zip(low, high, strict=True)
    )
    norm = LogNorm(min(weights.min(), 0.5), max(weights.max(), 2.0))
    mesh = axes.pcolormesh(a_edges, b_edges, cells, norm=norm, cmap="cividis")
    axes.grid(visible=False)
    axes.set_aspect("equal")
    axes.set_xlabel("a*  (green to red)", fontsize=9, color=INK)
    axes.set_ylabel("b*  (blue to yellow)", fontsize=9, color=INK)
    scale = axes.inset_axes((1.04, 0.1, 0.035, 0.8))
    bar = axes.figure.colorbar(mesh, cax=scale, format="{x:g}", ticks=_RATIOS)
    bar.minorticks_off()
    bar.ax.tick_params(labelsize=9, labelcolor=INK)
    bar.outline.set_visible(False)
