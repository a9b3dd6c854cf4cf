"""Measure the models of a reproduction side by side, and print a table with intervals."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from photochrom.collection import Collection, open_collection
from photochrom.collection.splits import read_splits, select
from photochrom.engine.options import Options
from photochrom.evaluation import Evaluation, evaluate
from photochrom.evaluation.contestants.contestant import Colorize
from photochrom.evaluation.contestants.models import load_models
from photochrom.evaluation.findings.findings import compare
from photochrom.evaluation.findings.summary import summarize
from photochrom.metrics.definitions import METRICS
from training import run_of


def collection_of(sources: Sequence[Path], split: str = "", part: str = "validation") -> Collection:
    """Open photographs, of a run's split one part when the run is named."""
    collection = open_collection(sources)
    if not split:
        return collection
    return select(collection, read_splits(run_of(split).splits_file), part)


def contest(
    models: Mapping[str, Path],
    sources: Sequence[Path],
    *,
    split: str = "",
    more: Mapping[str, Colorize] | None = None,
    limit: int | None = None,
) -> Evaluation:
    """Measure model files, and other colorizers beside them, on at most so many photographs."""
    named = load_models(models, Options())
    return evaluate({**named, **(more or {})}, collection_of(sources, split), limit=limit)


def table(
    title: str,
    found: Evaluation,
    metrics: Sequence[str],
    pairs: Iterable[tuple[str, str]] = (),
) -> str:
    """Write a Markdown table of models, then of paired differences with 95 % intervals."""
    heads = " | ".join(METRICS[metric].short for metric in metrics)
    rule = "|---" * (len(metrics) + 1) + "|"
    lines = [f"**{title}**, {len(found.pictures)} photographs", "", f"| | {heads} |", rule]
    for row in summarize(found):
        values = " | ".join(_number(metric, row.value(metric)) for metric in metrics)
        lines.append(f"| {row.model} | {values} |")
    for first, second in pairs:
        differences = " | ".join(_difference(found, first, second, metric) for metric in metrics)
        lines.append(f"| {first} - {second} | {differences} |")
    return "\n".join([*lines, ""])


def _number(metric: str, value: float) -> str:
    return f"{value:.{METRICS[metric].digits}f}"


def _difference(found: Evaluation, first: str, second: str, metric: str) -> str:
    estimate = compare(found, first, second, metric)
    digits, interval = METRICS[metric].digits, estimate.interval
    return f"{estimate.value:+.{digits}f} [{interval.low:+.{digits}f}, {interval.high:+.{digits}f}]"
