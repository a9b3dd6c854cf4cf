"""What do hints bring: 0, 1, 5 and 20 colors of the original, told at random points?

Also whether the told color is met at its point, and whether it stays on its side of an edge::

    python benchmarks/autochrome/hints.py VAL-MEDIUM.parquet VAL-LARGE.parquet --limit 200
"""

from dataclasses import replace
from typing import Final

import numpy as np
from measuring import SCORE_HEAD, Scoreboard, about_model, arguments, markdown, photographs, report
from numpy.typing import NDArray

from photochrom import Colorizer, Hint, Options
from photochrom.evaluation.tally import Truth
from photochrom.metrics.difference import delta_e_2000
from photochrom.picture.pixels import to_lab

COUNTS: Final = (0, 1, 5, 20)
PROBE: Final = "#b03050"  # a color that few places have
AROUND_PX: Final = (4, 12)  # of the picture: how far from the point its neighborhood is looked at
SAME_SIDE: Final = 5.0  # L*: no edge between two points
OTHER_SIDE: Final = 30.0  # L*: a strong edge

F64 = NDArray[np.float64]


def draw(truth: Truth, count: int, random: np.random.Generator) -> tuple[Hint, ...]:
    """Tell the mean color of 3 x 3 pixels of the original at random points."""
    height, width = truth.gray.shape
    hints = []
    for _ in range(count):
        row, column = int(random.integers(1, height - 1)), int(random.integers(1, width - 1))
        patch = truth.rgb[row - 1 : row + 2, column - 1 : column + 2].reshape(-1, 3)
        color = "#" + bytes(np.rint(patch.mean(axis=0)).astype(np.uint8)).hex()
        hints.append(Hint(x=column, y=row, color=color))
    return tuple(hints)


def misses(colored: NDArray[np.uint8], hints: tuple[Hint, ...]) -> list[float]:
    """Give the ΔE00 between each hint and what lies at its point, at equal lightness."""
    found = []
    for hint in hints:
        lab = to_lab(colored[hint.y : hint.y + 1, hint.x : hint.x + 1])
        told = lab.copy()
        told[..., 1:] = hint.chroma
        found.append(float(delta_e_2000(lab, told)[0, 0]))
    return found


def reach(colorizer: Colorizer, truth: Truth, random: np.random.Generator) -> F64:
    """Tell a strange color at a point: how far does it change what lies around it?

    Returns:
        (3,) mean change of chroma at the point, around it on its own side of edges, and around it
        beyond strong ones; NaN where there is no such place.
    """
    height, width = truth.gray.shape
    row, column = int(random.integers(8, height - 8)), int(random.integers(8, width - 8))
    probed = colorizer.with_options(Options(hints=(Hint(x=column, y=row, color=PROBE),)))
    before, after = (
        to_lab(each.colorize_array(truth.gray))[..., 1:] for each in (colorizer, probed)
    )
    change = np.hypot(*np.moveaxis(after - before, -1, 0))
    distance = np.hypot(*np.ogrid[-row : height - row, -column : width - column])
    step = np.abs(truth.lab[..., 0] - truth.lab[row, column, 0])
    is_near = (distance >= AROUND_PX[0]) & (distance <= AROUND_PX[1])
    sides = (distance == 0, is_near & (step < SAME_SIDE), is_near & (step > OTHER_SIDE))
    return np.array([change[side].mean() if side.any() else np.nan for side in sides])


def main() -> None:
    """Measure and print."""
    given = arguments(__doc__).parse_args()
    colorizer = Colorizer(given.model, threads=1)
    random = np.random.default_rng(0)
    board = Scoreboard()
    missed: dict[int, list[float]] = {count: [] for count in COUNTS}
    reached = []
    for truth in photographs(given):
        results = {}
        for count in COUNTS:
            hints = draw(truth, count, random)
            options = replace(colorizer.options, hints=hints)
            results[count] = colorizer.with_options(options).colorize_array(truth.gray)
            missed[count] += misses(results[count], hints)
        board.add(truth, results)
        reached.append(reach(colorizer, truth, random))
    at_point, *around = np.nanmean(np.array(reached), axis=0)
    near, beyond = around / at_point
    rows = [_row(count, board, missed[count]) for count in COUNTS]
    head = ["hints", *SCORE_HEAD, "ΔE00 at the point", "met within 5"]
    spread = (
        f"Of a strange color, {100 * near:.0f} % arrives around its point where the lightness is "
        f"alike and {100 * beyond:.0f} % beyond a strong edge."
    )
    findings = {
        "model": about_model(colorizer),
        "rows": rows,
        "reach": [float(near), float(beyond)],
    }
    report(given, "hints", f"{markdown(head, rows)}\n\n{spread}", findings)


def _row(count: int, board: Scoreboard, missed: list[float]) -> list[str]:
    if not missed:
        return [str(count), *board.score(count).cells, "", ""]
    met = 100 * np.mean(np.array(missed) <= 5)
    return [str(count), *board.score(count).cells, f"{np.mean(missed):.1f}", f"{met:.0f} %"]


if __name__ == "__main__":
    main()
