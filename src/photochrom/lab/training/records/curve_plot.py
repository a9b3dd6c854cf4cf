"""Read the curves of a run and draw them, one panel per quantity, while it goes on."""

import csv
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import lightning as L
import numpy as np

from photochrom.arrays import F64, I64
from photochrom.errors import RunError
from photochrom.lab.training.records.figures import (
    BLUE,
    GRAY,
    INK,
    VERMILION,
    new_figure,
    quiet,
    write_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_NOT_MEASURED: Final = ("step", "epoch", None)  # None: cells beyond the header


class Curve(NamedTuple):
    """One measured quantity.

    Attributes:
        steps: (n,) batches done when it was measured, rising.
        values: (n,) finite.
    """

    steps: I64
    values: F64


def read_curves(folder: Path) -> dict[str, Curve]:
    """Read what Lightning's CSV logger left in a run folder, the parts of a resumed run joined.

    Where a part repeats steps of an earlier one, which had gone on after its last checkpoint, the
    later part counts: the weights come from it.

    Args:
        folder: of the run, with ``curves/version_N/metrics.csv``.

    Returns:
        Curves by name, such as ``loss`` or ``held_out/auc``; empty when nothing was logged yet.

    Raises:
        RunError: when a file cannot be read.
    """
    points: dict[str, list[tuple[int, float]]] = {}
    start: float = math.inf
    for path in sorted(folder.glob("curves/version_*/metrics.csv"), key=_version, reverse=True):
        rows = [(step, values) for step, values in _rows(path) if step < start]
        start = min([start, *(step for step, _ in rows)])
        for step, values in reversed(rows):
            for name, value in values.items():
                points.setdefault(name, []).append((step, value))
    curves = {}
    for name, backwards in points.items():
        steps, measured = zip(*backwards[::-1], strict=True)
        curves[name] = Curve(np.array(steps, np.int64), np.array(measured, np.float64))
    return curves


def _version(path: Path) -> int:
    """Put version_2 before version_10."""
    number = path.parent.name.rpartition("_")[2]
    return int(number) if number.isdecimal() else -1


def _rows(path: Path) -> Iterator[tuple[int, dict[str, float]]]:
    """Give batches done and values, row by row; one cut short by a crash is left out."""
    try:
        whole = path.read_text("utf-8").rpartition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read: {error}") from error
    for row in csv.DictReader(whole.splitlines()):
        step = _number(row.get("step"))
        measured = {n: _number(cell) for n, cell in row.items() if n not in _NOT_MEASURED}
        if step is not None:
            yield int(step), {n: value for n, value in measured.items() if value is not None}


def _number(cell: Any) -> float | None:
    """Read a cell; None when it is empty, broken or not finite."""
    try:
        value = float(cell)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


CURVES_FILE: Final = "curves.png"
_PAUSE_S: Final = 60.0  # drawing takes most of a second
_HELD_OUT: Final = "held_out/"
_AUC: Final = "held_out/auc"
_OVER_GRAY: Final = "held_out/auc_over_gray"
_RIVALS: Final = {"adversarial": ("generator", BLUE), "discriminator": ("discriminator", INK)}
_TITLES: Final = {  # in the order of the panels
    "loss": "Total loss",
    "adversarial": "Generator against discriminator: adversarial losses",
    "classification": "Cross-entropy over bins, nats",
    "regression": "Regression of chroma",
    "perceptual": "Perceptual distance",
    "colorfulness": "Lack of colorfulness",
    "label": "Cross-entropy over labels, nats",
    _AUC: "AuC, %",
    _OVER_GRAY: "AuC above gray's, points",
    "held_out/chroma_share": "Mean chroma, predicted / true",
}
_LEVELS: Final = {_OVER_GRAY: ("gray", 0.0), "held_out/chroma_share": ("truth", 1.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A curve as it is drawn; noisy ones pale, under their running mean."""

    label: str
    curve: Curve
    color: str
    is_noisy: bool

    def mean(self) -> F64:
        """Values, smoothed if they are noisy."""
        return running_mean(self.curve.values) if self.is_noisy else self.curve.values


@dataclass(frozen=True, slots=True, kw_only=True)
class _Panel:
    """Lines of one quantity, and perhaps a level to compare them with."""

    title: str
    lines: Sequence[_Line]
    level: tuple[str, float] | None = None
    is_wide: bool = False


class CurvePlot(L.Callback):
    """Draw the curves of a run after validations, not more often than every minute, and at the end.

    Args:
        folder: of the run; its ``curves.png`` is replaced.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next_s = time.monotonic() + _PAUSE_S

    def on_validation_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Draw what was logged so far."""
        if time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + _PAUSE_S
            self._plot(trainer)

    def on_train_end(self, trainer: L.Trainer, pl_module: L.LightningModule) -> None:
        """Draw everything."""
        self._plot(trainer)

    def _plot(self, trainer: L.Trainer) -> None:
        if trainer.is_global_zero:
            plot_curves(self._folder, self._folder / CURVES_FILE)


def plot_curves(folder: Path, target: Path) -> None:
    """Draw losses and scores of a run into one picture.

    Each quantity has a panel of its own, as units differ; generator and discriminator share one.
    Training losses are shown as logged, one batch each, with their running mean; panels are cut to
    where 98 % of the values are.

    Args:
        folder: of the run.
        target: PNG file; not written when nothing was logged yet.

    Raises:
        RunError: when the curves cannot be read.
        InputError: when the target cannot be written to.
    """
    curves = read_curves(folder)
    if not curves:
        return
    panels = list(_panels(curves))
    narrow = [panel for panel in panels if not panel.is_wide]
    rows = [[panel] for panel in panels if panel.is_wide]
    rows += [narrow[start : start + 2] for start in range(0, len(narrow), 2)]
    last_step = max(1, *(int(curve.steps[-1]) for curve in curves.values()))
    figure = new_figure(1150, 40 + 290 * len(rows))
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.1)
    grid = figure.add_gridspec(len(rows), 2)
    for number, row in enumerate(rows):
        columns = [slice(None)] if len(row) == 1 else [slice(0, 1), slice(1, 2)]
        for column, panel in zip(columns, row, strict=True):
            axes = figure.add_subplot(grid[number, column])
            _draw(axes, panel)
            axes.set_xlim(0, last_step * 1.01)
            axes.set_xlabel("batches" if row is rows[-1] else "", fontsize=9, color=INK)
    write_figure(figure, target)


def running_mean(values: F64) -> F64:
    """Average each value with its neighbors: a fiftieth of all, at least seven, fewer at the ends.

    >>> running_mean(np.arange(150.0))[:3].tolist()
    [1.5, 2.0, 2.5]
    """
    count = len(values)
    reach = min(max(3, count // 100), (count - 1) // 4)
    window = np.ones(2 * reach + 1)
    counts = np.convolve(np.ones(count), window, "same")
    return np.asarray(np.convolve(values, window, "same") / counts, np.float64)


def _panels(curves: Mapping[str, Curve]) -> Iterator[_Panel]:
    """Sort curves into panels: known ones first, in a fixed order; some share a companion's."""
    names = set()
    for name in curves:
        bare = name.removeprefix(_HELD_OUT)
        if name in _RIVALS:
            names.add("adversarial")
        elif name == _OVER_GRAY and _AUC in curves:
            names.add(_AUC)
        else:
            names.add(bare if bare in curves else name)
    levels: dict[str, tuple[str, float]] = dict(_LEVELS)
    if _OVER_GRAY in curves and _AUC in curves:  # the AuC of leaving the held-out pictures gray
        levels[_AUC] = "gray", float(curves[_AUC].values[-1] - curves[_OVER_GRAY].values[-1])
    order = {name: place for place, name in enumerate(_TITLES)}
    for name in sorted(names, key=lambda name: (order.get(name, len(order)), name)):
        yield _Panel(
            title=_TITLES.get(name, name.removeprefix(_HELD_OUT).replace("_", " ")[:32]),
            lines=list(_lines(name, curves)),
            level=levels.get(name),
            is_wide=name in ("loss", "adversarial"),
        )


def _lines(panel: str, curves: Mapping[str, Curve]) -> Iterator[_Line]:
    """Give the lines of a panel: training, then held-out pictures."""
    names = _RIVALS if panel == "adversarial" else {panel: ("training", BLUE)}
    for name, (label, color) in names.items():
        if name in curves and not name.startswith(_HELD_OUT):
            yield _Line(label=label, curve=curves[name], color=color, is_noisy=True)
    held_out = curves.get(panel if panel.startswith(_HELD_OUT) else _HELD_OUT + panel)
    if held_out is not None:
        yield _Line(label="held out", curve=held_out, color=VERMILION, is_noisy=False)


def _draw(axes: "Axes", panel: _Panel) -> None:
    """Draw one panel; its legend, with the last values, shares the line of the title."""
    quiet(axes, panel.title)
    for line in panel.lines:
        steps, values = line.curve
        mean = line.mean()
        if line.is_noisy:
            axes.plot(steps, values, color=line.color, alpha=0.2, linewidth=0.7)
        marker = "o" if len(steps) <= (1 if line.is_noisy else 60) else ""
        label = f"{line.label}: {mean[-1]:#.4g}".rstrip(".")
        axes.plot(steps, mean, marker=marker, color=line.color, lw=1.7, ms=3.5, label=label)
    if panel.level is not None:
        label, level = panel.level
        axes.axhline(level, color=GRAY, linewidth=1.1, linestyle=(0, (5, 4)))
        right = axes.get_yaxis_transform()  # x as a share of the panel, y as data
        axes.text(1.01, level, label, transform=right, va="center", fontsize=9, color=GRAY)
    axes.set_ylim(*_limits(panel))
    axes.ticklabel_format(axis="y", useOffset=False, scilimits=(-4, 6))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, 0.99),
        ncols=2,
        frameon=False,
        fontsize=9,
        borderpad=0.2,
        handlelength=1.4,
        columnspacing=1.4,
    )


def _limits(panel: _Panel) -> tuple[float, float]:
    """Choose limits that show 98 % of the noise and everything else."""
    seen = [np.array([panel.level[1]])] if panel.level is not None else []
    for line in panel.lines:
        values = line.curve.values
        seen.append(np.percentile(values, [1, 99]) if line.is_noisy else values)
    low, high = float(np.concatenate(seen).min()), float(np.concatenate(seen).max())
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin
