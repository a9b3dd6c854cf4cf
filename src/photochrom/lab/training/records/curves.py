"""The curves of a run: read from its CSV files, resumed or not, and drawn."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from photochrom.arrays import F64, I64
from photochrom.errors import RunError

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
