"""Show an evaluation as a table on the terminal and as rows of a CSV file."""

from collections.abc import Sequence
from math import isnan
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from photochrom.evaluation.contestants.baselines import BASELINES
from photochrom.evaluation.findings.differences import differences
from photochrom.evaluation.findings.probe import TRUTH, ProbeFinding, probe
from photochrom.evaluation.findings.summary import Summary, pool_all
from photochrom.evaluation.measure import RATIOS
from photochrom.evaluation.measured import Evaluation
from photochrom.metrics.definitions import METRICS, Better, Metric
from photochrom.metrics.rarity import load_prior
from photochrom.texts import csv_text, printable

ARROWS: Final = {
    Better.HIGHER: "↑",
    Better.LOWER: "↓",
    Better.NEAR: "≈",
    Better.NEITHER: "",
}

_SHOWN: Final = 5  # names of a long list

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


def heading(metric: Metric) -> str:
    r"""Put arrow and unit under the short title.

    >>> heading(METRICS["psnr"])
    'PSNR\n↑ dB'
    """
    return f"{metric.short}\n{ARROWS[metric.better]} {metric.unit}".rstrip()


def formatted(name: str, value: float) -> str:
    """Print a metric with the decimals worth printing.

    >>> formatted("psnr", 23.4567)
    '23.46'
    """
    return plain(value, METRICS[name].digits)


def plain(value: float, digits: int) -> str:
    """Print a number; a dash for what is not known, such as an interval over one picture."""
    return "—" if isnan(value) else f"{value:.{digits}f}"


def signed(value: float, digits: int) -> str:
    r"""Print a difference with its sign.

    >>> signed(0.127, 2), signed(-0.127, 2) == "\N{MINUS SIGN}0.13"
    ('+0.13', True)
    """
    return "—" if isnan(value) else f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def terminal_table(summaries: Sequence[Summary]) -> Table:
    """Lay the rows out for a terminal; the originals' own colorfulness stands in the caption."""
    truth = formatted("colorfulness_truth", summaries[0].value("colorfulness_truth"))
    caption = f"↑ higher is better, ↓ lower is better, CF best near the originals' {truth}"
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption, caption_justify="left")
    table.add_column("model", overflow="fold", min_width=13)
    for name in COLUMNS:
        table.add_column(heading(METRICS[name]), justify="right", no_wrap=True)
    for summary in summaries:
        cells = [formatted(name, summary.value(name)) for name in COLUMNS]
        table.add_row(printable(summary.model), *cells)
    return table


def pictures_csv(evaluation: Evaluation) -> str:
    """List every picture and model with all per-picture values, one row each.

    Columns: picture, label, height, width, model, then the metrics by their names in reports.
    """
    rows: list[Sequence[object]] = [["picture", "label", "height", "width", "model", *RATIOS]]
    values = evaluation.values
    for column, picture in enumerate(evaluation.pictures):
        for row, model in enumerate(evaluation.models):
            cells = [f"{value:.6g}" for value in values[row, column]]
            rows.append([picture.name, picture.label, *picture.size, model, *cells])
    return csv_text(rows)


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
        lines.append(f"{name}: {len(results)} results have no original: {_some(results)}")
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


def explained(each: ProbeFinding) -> str:
    """Print the share that lightness explains; a model of one color has none."""
    estimate = each.explained
    if isnan(estimate.value):
        return "— (one color)"
    low, high = plain(estimate.interval.low, 0), plain(estimate.interval.high, 0)
    return f"{estimate.value:.0f} % ({low} … {high})"


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
        f"{signed(each.estimate.value, 2)} ({signed(each.estimate.interval.low, 2)} to "
        f"{signed(each.estimate.interval.high, 2)}), {each.verdict}"
        for each in judged
    ]


def _some(names: Sequence[str]) -> str:
    """List the first few names."""
    return ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
