"""Write docs/leaderboard.md: every model of this repository on one protocol.

Run ``make leaderboard``. The built-in model stands beside every recipe whose model lies at
``runs/RECIPE/RECIPE.onnx``, where ``photochrom export`` put it; the others are named as missing.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from timing import ROOT, circumstances

from photochrom.collection import open_collection
from photochrom.engine.options import Options
from photochrom.evaluation import Evaluation, evaluate
from photochrom.evaluation.contestants.models import LoadedModel, load_models
from photochrom.evaluation.findings.curves import EqualStrength, at_equal_colorfulness
from photochrom.evaluation.findings.summary import Summary, summarize
from photochrom.metrics.definitions import METRICS
from photochrom.metrics.intervals import Estimate
from photochrom.models.registry import DEFAULT_MODEL, resolve_model

RECIPES = ROOT / "src" / "photochrom" / "recipes"
_WORDS = ("trained", "license")
COLUMNS = ("auc", "auc_rebalanced", "psnr", "delta_e", "colorfulness", "ab_histogram_distance")


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("collections", nargs="+", type=Path)
    parser.add_argument("--runs", type=Path, default=ROOT / "runs")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "leaderboard.md")
    given = parser.parse_args()
    files, missing = models_of(given.runs)
    models = load_models(files, Options())
    photographs = open_collection(given.collections)
    evaluation = evaluate(models, photographs, limit=given.limit)
    sources = [path.stem for path in given.collections]
    given.out.write_text(page(evaluation, models, files, sources, missing))


def models_of(runs: Path) -> tuple[dict[str, Path], list[str]]:
    """Find the models by recipe, and the recipes without one."""
    names = sorted(path.stem for path in RECIPES.glob("*.toml"))
    places = {name: runs / name / f"{name}.onnx" for name in names if name != DEFAULT_MODEL}
    found = {name: path for name, path in places.items() if path.is_file()}
    missing = [name for name in places if name not in found]
    return {DEFAULT_MODEL: resolve_model(DEFAULT_MODEL), **found}, missing


def page(
    evaluation: Evaluation,
    models: Mapping[str, object],
    files: Mapping[str, Path],
    sources: Sequence[str],
    missing: Sequence[str],
) -> str:
    """Write the page as Markdown, best AuC rebalanced first."""
    rows = sorted(summarize(evaluation), key=lambda row: -row.value("auc_rebalanced"))
    equal = at_equal_colorfulness(evaluation)
    heads = [f"{METRICS[name].short} {METRICS[name].unit}".rstrip() for name in COLUMNS]
    facts = circumstances()
    lines = [
        "# Leaderboard",
        "",
        f"{len(evaluation.pictures)} photographs ({', '.join(sources)}), protocol "
        f"`{evaluation.protocol.name}`, 95 % intervals over photographs. `make leaderboard` wrote "
        f"this page at {facts['commit']} on {facts['cores']} cores ({facts['cpu']}). What the "
        "numbers mean says [evaluate.md](evaluate.md); two rows whose intervals overlap may differ "
        "all the same, since both were measured on the same photographs: `report.json` of "
        "`photochrom evaluate` tells.",
        "",
        "| | "
        + " | ".join([*heads, "AuC-reb at equal CF", "s per picture", "size", *_WORDS])
        + " |",
        "|---|" + "--:|" * (len(heads) + 3) + "---|" * len(_WORDS),
    ]
    lines += [_line(row, models.get(row.model), files, equal) for row in rows]
    truth = rows[0].value("colorfulness_truth")
    lines += [
        "",
        f'The originals\' own colorfulness is {truth:.1f}. "Trained" is batches x pictures, or '
        "minutes, on two cores. `benchmarks/reproductions/cut.py` cuts the recipes to that: their "
        "rows say what a recipe makes of so little training, not what its paper's network can do.",
    ]
    if missing:
        lines += ["", f"Recipes without a model here: {', '.join(missing)}."]
    return "\n".join([*lines, ""])


def _line(
    row: Summary, model: object, files: Mapping[str, Path], equal: Mapping[str, EqualStrength]
) -> str:
    cells = [_cell(name, row.estimates[name]) for name in COLUMNS]
    strong = equal.get(row.model)
    cells.append("—" if strong is None else _cell("auc_rebalanced", strong.auc_rebalanced))
    if isinstance(model, LoadedModel):
        size = files[row.model].stat().st_size / 1e6
        seconds = row.seconds_per_picture or 0.0
        card = model.colorizer.card
        cells += [f"{seconds:.3f}", f"{size:.1f} MB", trained(card.recipe), card.license]
    else:
        cells += ["", "", "", "baseline"]
    return f"| {row.model} | " + " | ".join(cells) + " |"


def trained(recipe: Mapping[str, Any]) -> str:
    """Say how long a recipe was trained, and at which size.

    >>> trained({"steps": 2500, "batch_size": 64, "minutes": 0.0, "sizes": [48, 64]})
    '2500 x 64 at 48 to 64 px'
    """
    if recipe["minutes"]:
        length = f"{recipe['minutes']:.0f} min"
    else:
        length = f"{recipe['steps']} x {recipe['batch_size']}"
    sides = sorted({min(recipe["sizes"]), max(recipe["sizes"])})
    return f"{length} at {' to '.join(map(str, sides))} px"


def _cell(name: str, estimate: Estimate) -> str:
    digits = METRICS[name].digits
    low, high = estimate.interval.low, estimate.interval.high
    return f"{estimate.value:.{digits}f} ({low:.{digits}f} … {high:.{digits}f})"


if __name__ == "__main__":
    main()
