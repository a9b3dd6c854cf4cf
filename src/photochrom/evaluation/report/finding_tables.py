"""The smaller tables of a report, every cell as text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from photochrom.evaluation.contestants.baselines import BASELINES, GRAY
from photochrom.evaluation.findings.curves import EqualStrength
from photochrom.evaluation.findings.differences import Difference
from photochrom.evaluation.findings.distances import SetDistance
from photochrom.evaluation.findings.findings import Findings
from photochrom.evaluation.findings.groups import LabelFinding, RegionFinding
from photochrom.evaluation.findings.probe import ProbeFinding
from photochrom.evaluation.findings.summary import Estimate
from photochrom.evaluation.report.tables import explained, plain, signed
from photochrom.metrics.definitions import METRICS

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class FindingTable:
    """A table as the template shows it.

    Attributes:
        heads: of the columns; the first column holds row heads.
        rows: texts.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


def finding_tables(found: Findings) -> dict[str, FindingTable | None]:
    """Lay out pairs, kinds, regions, equal colorfulness, the probe and confidence.

    Returns:
        By the name that the template uses; None for what was not measured.
    """
    judged = [each for each in found.differences if _is_shown(each)]
    return {
        "pairs": _table(
            ("Pair", "number", "difference", "95 % interval", "verdict"), judged, _pair
        ),
        "labels": _table(
            ("Kind", "photographs", "best model", "lead", "verdict"), found.labels, _label
        ),
        "regions": _regions(found.regions),
        "equal": _equal(found),
        "probe": _table(
            ("Colors of", "part", "explained by lightness", "mean a*, b*", "from the originals"),
            found.probe,
            _probe,
        ),
        "distances": _table(
            ("Model", "number", "value ↓", "over subsets", "how"), found.distances, _distance
        ),
        "calibration": _calibration(found),
    }


def _table(
    heads: Sequence[str], items: Sequence[Item], row: Callable[[Item], list[str]]
) -> FindingTable | None:
    return FindingTable(heads, [row(item) for item in items]) if items else None


def _is_shown(each: Difference) -> bool:
    """Leave out pairs of baselines, and random colors, which nobody competes with."""
    return each.first not in BASELINES and each.second != "random-colors"


def _between(estimate: Estimate, digits: int) -> str:
    low, high = estimate.interval.low, estimate.interval.high
    return f"{signed(low, digits)} … {signed(high, digits)}"


def _pair(each: Difference) -> list[str]:
    metric = METRICS[each.metric]
    return [
        f"{each.first} against {each.second}",
        metric.title,
        signed(each.estimate.value, metric.digits),
        _between(each.estimate, metric.digits),
        each.verdict,
    ]


def _label(each: LabelFinding) -> list[str]:
    lead = "" if each.lead is None else signed(each.lead.value, 2)
    interval = "" if each.lead is None else f" ({_between(each.lead, 2)})"
    return [
        each.label or "no label",
        str(each.n),
        each.winner or "—",
        lead + interval,
        each.verdict,
    ]


def _regions(findings: Sequence[RegionFinding]) -> FindingTable | None:
    rows = [
        [
            model,
            f"{each.region} ({each.n})",
            *(_plain(numbers[name], digits) for name, digits in _REGION_COLUMNS),
        ]
        for each in findings
        for model, numbers in each.estimates.items()
    ]
    heads = (
        "Model",
        "part (photographs)",
        "AuC ↑ %",
        "AuC rebalanced ↑ %",
        "ΔE00 ↓",
        "mean chroma",
        "the originals",
    )
    return FindingTable(heads, rows) if rows else None


_REGION_COLUMNS = (
    ("auc", 2),
    ("auc_rebalanced", 2),
    ("delta_e", 2),
    ("chroma", 1),
    ("chroma_truth", 1),
)


def _plain(estimate: Estimate, digits: int) -> str:
    low, high = plain(estimate.interval.low, digits), plain(estimate.interval.high, digits)
    return f"{plain(estimate.value, digits)} ({low} … {high})"


def _equal(found: Findings) -> FindingTable:
    heads = ("Model", "AuC ↑ %", "AuC rebalanced ↑ %", "chroma times")
    rows = [
        [model, *_equal_cells(found.equal.get(model))]
        for model in found.evaluation.models
        if model != GRAY
    ]
    return FindingTable(heads, rows)


def _equal_cells(each: EqualStrength | None) -> list[str]:
    if each is None:
        return ["stays too pale", "—", "—"]
    return [_plain(each.auc, 2), _plain(each.auc_rebalanced, 2), f"{each.factor:.2f}"]


def _probe(each: ProbeFinding) -> list[str]:
    a, b = (signed(value, 1) for value in each.mean)
    return [each.model, each.part, explained(each), f"{a}, {b}", f"{each.shift:.1f}"]


def _calibration(found: Findings) -> FindingTable | None:
    steps = [f"{10 * step}…{10 * step + 10} %" for step in range(10)]
    rows = [
        [model, *("—" if error is None else f"{error:.1f}" for _, error in each)]
        for model, each in found.calibration.items()
    ]
    return FindingTable(("ab error at confidence", *steps), rows) if rows else None


def _distance(each: SetDistance) -> list[str]:
    value = "—" if each.value is None else f"{each.value:.2f}"
    spread = "" if each.spread is None else f"± {each.spread:.2f}"
    return [each.model, METRICS[each.metric].title, value, spread, each.remark]
