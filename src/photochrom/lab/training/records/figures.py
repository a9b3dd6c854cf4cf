"""What the plots of a run share: matplotlib without global state, files that appear whole."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from photochrom.arrays import U8
from photochrom.files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# from Okabe and Ito's palette, which the color-blind can tell apart; GRAY for mere references
BLUE: Final = "#0072b2"
VERMILION: Final = "#d55e00"
GRAY: Final = "#707070"
INK: Final = "#222222"
DPI: Final = 120

_FRAME: Final = "#b0b0b0"
_GRID: Final = "#e6e6e6"


def new_figure(width_px: int, height_px: int) -> "Figure":
    """Make an empty white figure that pyplot knows nothing of.

    Args:
        width_px: width, of which there are ``DPI`` to an inch.
        height_px: height.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415  (slow to load)
    from matplotlib.figure import Figure  # noqa: PLC0415

    half = 0.5  # against rounding down
    size_in = ((width_px + half) / DPI, (height_px + half) / DPI)
    figure = Figure(figsize=size_in, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def quiet(axes: "Axes", title: str) -> None:
    """Leave of a panel its title, two axes and a faint grid."""
    axes.set_title(title, loc="left", fontsize=10.5, color=INK, pad=7)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_FRAME)
    axes.tick_params(labelsize=9, color=_FRAME, labelcolor=INK)
    axes.grid(visible=True, axis="y", color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def write_figure(figure: "Figure", target: Path) -> None:
    """Draw a figure into a PNG file, which appears under its name when complete.

    Raises:
        InputError: when the place cannot be written to.
    """
    encoded = BytesIO()
    figure.savefig(encoded, format="png", dpi=DPI)
    write_whole(target, encoded.getvalue())


def pixels_of(figure: "Figure") -> U8:
    """Draw a figure.

    Returns:
        (H, W, 3) uint8 sRGB.
    """
    drawn = BytesIO()
    figure.savefig(drawn, format="rgba", dpi=DPI)
    width_px, height_px = figure.canvas.get_width_height()
    pixels = np.frombuffer(drawn.getvalue(), np.uint8).reshape(height_px, width_px, 4)
    return pixels[..., :3]
