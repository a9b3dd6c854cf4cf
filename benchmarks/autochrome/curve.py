"""How do AuC and colorfulness trade against each other over the saturation?

The network runs once per photograph, whatever the number of saturations. Models are compared at
equal colorfulness, or the most timid one would win::

    python benchmarks/autochrome/curve.py VAL.parquet --model autochrome --model old=old.onnx
    python benchmarks/autochrome/curve.py VAL.parquet --temperature 1 --temperature 0.6
"""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from measuring import (
    SCORE_HEAD,
    Score,
    Scoreboard,
    about_model,
    arguments,
    at_colorfulness,
    gray_picture,
    markdown,
    merge,
    photographs,
    report,
)

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.lab.training.records.figures import (
    BLUE,
    GRAY,
    INK,
    VERMILION,
    new_figure,
    quiet,
    write_figure,
)
from photochrom.models.registry import DEFAULT_MODEL

SHARES: Final = (0.7, 0.85, 0.9)
_STEP: Final = 0.2
_COLORS: Final = (BLUE, VERMILION, "#009e73", "#cc79a7", "#e69f00", GRAY)

Curves = Mapping[str, Mapping[float, Score]]  # by model and saturation


def main() -> None:
    """Print the curves and where they cross given shares; plot AuC against colorfulness."""
    parser = arguments(__doc__, is_one_model=False)
    parser.add_argument("--model", action="append", metavar="NAME=FILE", help="may be repeated")
    parser.add_argument("--up-to", type=float, default=1.4, help="largest saturation")
    parser.add_argument(
        "--temperature", action="append", type=float, help="of the decoding; may be repeated"
    )
    given = parser.parse_args()
    colorizers = dict(named_colorizer(model) for model in given.model or [DEFAULT_MODEL])
    if given.temperature:
        colorizers = {
            f"{name}, T {temperature:g}": colorizer.with_options(Options(temperature=temperature))
            for name, colorizer in colorizers.items()
            for temperature in given.temperature
        }
    curves = measured(given, colorizers)
    findings = {
        "models": {name: about_model(colorizer) for name, colorizer in colorizers.items()},
        "curves": {
            name: [{"saturation": s, "score": c[s]} for s in c] for name, c in curves.items()
        },
        "at_equal_colorfulness": {
            name: {share: at_colorfulness(curve.values(), share) for share in SHARES}
            for name, curve in curves.items()
        },
    }
    report(given, "curve", page(curves, colorizers), findings)
    if given.out is not None:
        plot(curves, colorizers, given.out / "curve.png")


def named_colorizer(argument: str) -> tuple[str, Colorizer]:
    """Load NAME=FILE, a name of the registry, or a file, which is called by its stem."""
    name, equals, model = argument.partition("=")
    if not equals:
        name, model = Path(argument).stem, argument
    return name, Colorizer(model, threads=1)


def measured(given: Namespace, colorizers: Mapping[str, Colorizer]) -> Curves:
    """Score every model at every saturation, its own among them."""
    steps = [round(step, 2) for step in np.arange(0, given.up_to + 1e-6, _STEP).tolist()]
    saturations = {name: sorted({*steps, each.saturation}) for name, each in colorizers.items()}
    board = Scoreboard()
    for truth in photographs(given):
        picture = gray_picture(truth)
        results = {}
        for name, colorizer in colorizers.items():
            chroma = colorizer.predict_picture(picture).chroma
            for saturation in saturations[name]:
                results[name, saturation] = merge(picture, chroma, saturation)
        board.add(truth, results)
    return {name: {s: board.score((name, s)) for s in saturations[name]} for name in colorizers}


def page(curves: Curves, colorizers: Mapping[str, Colorizer]) -> str:
    """Write a table per model, and one that compares them."""
    parts = []
    for name, curve in curves.items():
        own = colorizers[name].saturation
        rows = [
            [f"**{saturation:g}**" if saturation == own else f"{saturation:g}", *score.cells]
            for saturation, score in curve.items()
        ]
        parts.append(
            f"{name}, differences to gray\n\n{markdown(['saturation', *SCORE_HEAD], rows)}"
        )
    head = ["at equal colorfulness", *SCORE_HEAD[:-1], SCORE_HEAD[-1]]
    parts.append(markdown(head, list(_equal_rows(curves))))
    return "\n\n".join(parts)


def _equal_rows(curves: Curves) -> Sequence[list[str]]:
    """Write a row per share and model; dashes where a curve does not reach so far."""
    rows = []
    for share in SHARES:
        for name, curve in curves.items():
            score = at_colorfulness(curve.values(), share)
            rows.append([name, *(score.cells if score else ["-", "-", "-", f"{share:.2f}"])])
    return rows


def plot(curves: Curves, colorizers: Mapping[str, Colorizer], target: Path) -> None:
    """Draw AuC and rebalanced AuC against colorfulness, the saturations as points."""
    figure = new_figure(1150, 480)
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.1)
    panels = (("auc", "AuC above gray's, points"), ("auc_rebalanced", "AuC rebalanced, likewise"))
    for axes, (metric, title) in zip(figure.subplots(1, 2), panels, strict=True):
        quiet(axes, title)
        axes.axhline(0, color=GRAY, linewidth=1.1, linestyle=(0, (5, 4)))
        for color, (name, curve) in zip(_COLORS, curves.items(), strict=False):
            shares = [score.colorfulness for score in curve.values()]
            values = [getattr(score, metric) for score in curve.values()]
            axes.plot(shares, values, "o-", color=color, linewidth=1.7, markersize=3.5, label=name)
            shown = curve[colorizers[name].saturation]
            axes.plot(
                shown.colorfulness,
                getattr(shown, metric),
                "o",
                ms=9,
                mec=color,
                mfc="none",
                mew=1.7,
            )
        axes.set_xlabel("colorfulness / truth (ring: as shipped)", fontsize=9, color=INK)
        axes.legend(frameon=False, fontsize=9)
    write_figure(figure, target)


if __name__ == "__main__":
    main()
