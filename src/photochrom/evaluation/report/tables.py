"""The tables of an evaluation for its page, report.json and CSV, and its lines for terminals."""

from collections.abc import Sequence
from math import isnan
from typing import Any, Final

from photochrom.evaluation.contestants.baselines import BASELINES, GRAY
from photochrom.evaluation.features import PER_PICTURE
from photochrom.evaluation.findings.curves import EqualStrength
from photochrom.evaluation.findings.findings import (
    TRUTH,
    Difference,
    Findings,
    LabelFinding,
    ProbeFinding,
    RegionFinding,
    SetDistance,
    differences,
    probe,
)
from photochrom.evaluation.findings.summary import PALETTE, Summary, pool_all
from photochrom.evaluation.measured import Evaluation
from photochrom.evaluation.tally import RATIOS
from photochrom.metrics.definitions import METRICS, Better
from photochrom.metrics.rarity import load_prior
from photochrom.report.table import Cell, Column, Table
from photochrom.report.words import UNKNOWN, between, number, rounded, signed, with_interval
from photochrom.texts import csv_text

ARROWS: Final = {
    Better.HIGHER: "↑",
    Better.LOWER: "↓",
    Better.NEAR: "≈",
    Better.NEITHER: "",
}
COLUMNS: Final = (
    "auc",
    "auc_rebalanced",
    "psnr",
    "ssim",
    "delta_e",
    "colorfulness",
    "delta_colorfulness",
    "percent_different_8",
    "lightness_error",
)


def formatted(name: str, value: float) -> str:
    """Print a metric with the decimals worth printing.

    >>> formatted("psnr", 23.4567)
    '23.46'
    """
    return number(value, METRICS[name].digits)


def columns_of(summaries: Sequence[Summary]) -> list[str]:
    """Choose the metrics shown: those of every report, and those of a network that was given."""
    given = [name for name in PER_PICTURE if name in summaries[0].estimates]
    return [*COLUMNS, PALETTE, *given]


def models_table(summaries: Sequence[Summary]) -> Table[Summary]:
    """Lay the models out; the best of each column is marked, the paired difference to gray told."""
    columns = [Column[Summary]("model", "Model", terminal="model")]
    columns += [_metric(summaries, name) for name in columns_of(summaries)]
    return Table(
        columns, summaries, is_quiet=lambda each: each.model in BASELINES, hint=lambda s: s.model
    )


def _metric(summaries: Sequence[Summary], name: str) -> Column[Summary]:
    metric = METRICS[name]
    best = _best(summaries, name)

    def show(summary: Summary) -> Cell:
        text, over_gray = formatted(name, summary.value(name)), summary.over_gray[name]
        below = [between(summary.estimates[name].interval, metric.digits)]
        if summary.model != GRAY:
            is_noise = not over_gray.interval.excludes(0.0)
            difference = f"{signed(over_gray.value, metric.digits)} to gray"
            below.append("\N{ALMOST EQUAL TO} gray" if is_noise else difference)
        return Cell(text, below, "best" if text == best else "")

    falls = metric.better in (Better.HIGHER, Better.NEAR)
    arrow = ARROWS[metric.better]
    return Column(
        name,
        f"{metric.short} {arrow}",
        lambda summary: summary.value(name),
        show,
        below=metric.unit or "\N{NO-BREAK SPACE}",
        terminal=f"{metric.short}\n{arrow} {metric.unit}".rstrip() if name in COLUMNS else "",
        name=metric.title,
        help=metric.meaning,
        first="descending" if falls else "ascending",
    )


def _best(summaries: Sequence[Summary], name: str) -> str:
    """Find what leads a column, as printed; nothing where a metric only describes."""
    goals = {
        Better.HIGHER: lambda summary: -summary.value(name),
        Better.LOWER: lambda summary: summary.value(name),
        Better.NEAR: lambda summary: abs(summary.value(name) - summary.value("colorfulness_truth")),
    }
    goal = goals.get(METRICS[name].better)
    return "" if goal is None else formatted(name, min(summaries, key=goal).value(name))


_PAIRS: Final[Sequence[Column[Difference]]] = (
    Column("first", "Pair", show=lambda each: f"{each.first} against {each.second}"),
    Column("second"),
    Column("metric", "number", show=lambda each: METRICS[each.metric].title),
    Column(
        "value",
        "difference",
        lambda each: each.estimate.value,
        lambda each: signed(each.estimate.value, METRICS[each.metric].digits),
    ),
    Column(
        "interval",
        "95 % interval",
        lambda each: each.estimate.interval,
        lambda each: between(each.estimate.interval, METRICS[each.metric].digits, has_sign=True),
    ),
    Column("verdict", "verdict"),
)


_LABELS: Final[Sequence[Column[LabelFinding]]] = (
    Column("label", "Kind", show=lambda each: each.label or "no label"),
    Column("n", "photographs"),
    Column("auc_rebalanced", of=lambda each: each.estimates),
    Column("winner", "best model"),
    Column(
        "lead",
        "lead",
        show=lambda each: with_interval(each.lead, 2, has_sign=True) if each.lead else "",
    ),
    Column("verdict", "verdict"),
)

_MASKED: Final[Sequence[Column[RegionFinding]]] = (
    Column("region"),
    Column("n"),
    Column("models", of=lambda each: each.estimates),
)
_Part = tuple[RegionFinding, str]  # and a model


def _pooled(name: str, title: str, digits: int) -> Column[_Part]:
    return Column(title=title, of=lambda part: part[0].estimates[part[1]][name], digits=digits)


_REGIONS: Final[Sequence[Column[_Part]]] = (
    Column(title="Model", show=lambda part: part[1]),
    Column(title="part (photographs)", show=lambda part: f"{part[0].region} ({part[0].n})"),
    _pooled("auc", "AuC ↑ %", 2),
    _pooled("auc_rebalanced", "AuC rebalanced ↑ %", 2),
    _pooled("delta_e", "ΔE00 ↓", 2),
    _pooled("chroma", "mean chroma", 1),
    _pooled("chroma_truth", "the originals", 1),
)

_Equal = tuple[str, EqualStrength | None]
_EQUAL: Final[Sequence[Column[_Equal]]] = (
    Column(title="Model", show=lambda row: row[0]),
    Column("auc", "AuC ↑ %", lambda row: row[1].auc if row[1] else "stays too pale"),
    Column("auc_rebalanced", "AuC rebalanced ↑ %", lambda row: row[1] and row[1].auc_rebalanced),
    Column("chroma_times", "chroma times", lambda row: row[1] and row[1].factor),
)


def explained(each: ProbeFinding) -> str:
    """Print the share that lightness explains; a model of one color has none."""
    estimate = each.explained
    if isnan(estimate.value):
        return f"{UNKNOWN} (one color)"
    return f"{estimate.value:.0f} % ({between(estimate.interval, 0)})"


_PROBE: Final[Sequence[Column[ProbeFinding]]] = (
    Column("model", "Colors of"),
    Column("part", "part"),
    Column(
        "explained_by_lightness",
        "explained by lightness",
        lambda each: each.explained,
        explained,
    ),
    Column(
        "mean_ab",
        "mean a*, b*",
        lambda each: each.mean,
        lambda each: ", ".join(signed(value, 1) for value in each.mean),
    ),
    Column("shift_from_originals", "from the originals", lambda each: each.shift, digits=1),
)
_DISTANCES: Final[Sequence[Column[SetDistance]]] = (
    Column("metric"),
    Column("model", "Model"),
    Column(title="number", show=lambda each: METRICS[each.metric].title),
    Column("value", "value ↓"),
    Column(
        "spread",
        "over subsets",
        show=lambda each: "" if each.spread is None else f"± {each.spread:.2f}",
    ),
    Column("remark", "how"),
)

_Sure = tuple[str, Sequence[tuple[float, float | None]]]  # a model, and its steps


def _tenth(step: int) -> Column[_Sure]:
    title = f"{10 * step}…{10 * step + 10} %"
    return Column(title=title, of=lambda row: row[1][step][1], digits=1)


_CALIBRATION: Final[Sequence[Column[_Sure]]] = (
    Column(title="ab error at confidence", show=lambda row: row[0]),
    *map(_tenth, range(10)),
)


def finding_tables(found: Findings) -> dict[str, Table[Any]]:
    """Lay out pairs, kinds, regions, equal colorfulness, the probe and confidence for the page.

    Returns:
        By the name that the template uses; without rows for what was not measured.
    """
    pairs = [  # without pairs of baselines, and random colors, with which nobody competes
        each
        for each in found.differences
        if each.first not in BASELINES and each.second != "random-colors"
    ]
    models = [model for model in found.evaluation.models if model != GRAY]
    return {
        "pairs": Table(_PAIRS, pairs),
        "labels": Table(_LABELS, found.labels),
        "regions": Table(_REGIONS, [(each, m) for each in found.regions for m in each.estimates]),
        "equal": Table(_EQUAL, [(model, found.equal.get(model)) for model in models]),
        "probe": Table(_PROBE, found.probe),
        "distances": Table(_DISTANCES, found.distances),
        "calibration": Table(_CALIBRATION, list(found.calibration.items())),
    }


def findings_json(found: Findings) -> dict[str, object]:
    """Give what stands in report.json beside the rows of the models."""
    equal = Table(_EQUAL, list(found.equal.items())).json()
    optional = {
        "labels": Table(_LABELS, found.labels).json(),
        "regions": Table(_MASKED, found.regions).json(),
        "probe": Table(_PROBE, found.probe).json(),
        "recipes": dict(found.evaluation.recipes),
        "set_distances": Table(_DISTANCES, found.distances).json(),
        "calibration": rounded(found.calibration),
    }
    return {
        "differences": Table(_PAIRS, found.differences).json(),
        "at_equal_colorfulness": dict(zip(found.equal, equal, strict=True)),
        "auc_over_colorfulness": {m: rounded(c.tolist()) for m, c in found.strengths.items()},
        **{name: value for name, value in optional.items() if value},
    }


def pictures_csv(evaluation: Evaluation) -> str:
    """List every picture and model with all per-picture values, one row each.

    Columns: picture, label, height, width, model, then the metrics by their names in reports.
    """
    rows: list[Sequence[object]] = [["picture", "label", "height", "width", "model", *RATIOS]]
    for column, picture in enumerate(evaluation.pictures):
        for model, values in zip(evaluation.models, evaluation.values[:, column], strict=True):
            cells = [f"{value:.6g}" for value in values]
            rows.append([picture.name, picture.label, *picture.size, model, *cells])
    return csv_text(rows)


_SHOWN: Final = 5  # names of a long list


def remarks(evaluation: Evaluation) -> list[str]:
    """Say in plain lines what was measured, how, and what was left out."""
    protocol, prior = evaluation.protocol, load_prior()
    lines = [
        f"{len(evaluation.pictures)} photographs, protocol {protocol.name}: {protocol.meaning}",
        f"prior of AuC rebalanced: sha256 {prior.sha256[:16]}…",
    ]
    if evaluation.gray_originals:
        lines.append(f"{len(evaluation.gray_originals)} gray or toned originals left out")
    for name, results in evaluation.unmatched.items():
        some = ", ".join(results[:_SHOWN]) + (" …" if len(results) > _SHOWN else "")
        lines.append(f"{name}: {len(results)} results have no original: {some}")
    lines += [f"warning: {warning}" for warning in evaluation.warnings]
    lines += [f"{name}: {recipe}" for name, recipe in evaluation.recipes.items()]
    lines += [f"not measured: {f.name}: {f.failure}" for f in evaluation.failures]
    return lines


def probed(evaluation: Evaluation) -> list[str]:
    """Say for every model, no baselines, how much of its color follows from lightness alone."""
    found = probe(evaluation)
    truth = {each.part: each for each in found if each.model == TRUTH}
    return [
        f"{each.model}, {each.part}: lightness alone explains {explained(each)} of its colors, "
        f"{explained(truth[each.part])} of the originals'; its mean color is {each.shift:.1f} ab "
        "from theirs"
        for each in found
        if each.model not in (*BASELINES, TRUTH)
    ]


def verdicts(evaluation: Evaluation) -> list[str]:
    """Say for every pair of models, no baselines, whether one paints rare colors better."""
    name = "auc_rebalanced"
    rivals = [model for model in evaluation.models if model not in BASELINES]
    if len(rivals) < 2:
        return []
    pooled = pool_all(evaluation)
    judged = (each for each in differences(pooled, rivals) if each.metric == name)
    return [
        f"{each.first} against {each.second}: {METRICS[name].title} "
        f"{signed(each.estimate.value, 2)} "
        f"({between(each.estimate.interval, 2, to='to', has_sign=True)}), {each.verdict}"
        for each in judged
    ]
