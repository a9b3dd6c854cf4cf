"""The verb ``evaluate``: measure colorizers on color photographs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from photochrom.cli.options import flags_of, take
from photochrom.engine.options import Options
from photochrom.models.registry import DEFAULT_MODEL

if TYPE_CHECKING:
    from photochrom.collection import Collection
    from photochrom.collection.splits import Part
    from photochrom.evaluation.contestants import Colorize
    from photochrom.evaluation.measured import Evaluation
    from photochrom.evaluation.summary import Summary


_OF_MODELS: Final = ("saturation", "temperature", "size")  # what makes sense in a comparison
_PARTS: Final[tuple["Part", ...]] = ("validation", "test", "train")


@click.command()
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME|FILE",
    help="Model to measure; may be given several times. Default, without --results: autochrome.",
)
@click.option(
    "--results",
    multiple=True,
    metavar="NAME=DIR",
    help="Pictures colored by anything, matched to the photographs by file name.",
)
@click.option(
    "--photos",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    metavar="COLLECTION",
    help="Color photographs: a folder or a Parquet file; may be given several times.",
)
@click.option(
    "--split",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Measure one part of the photographs: the splits.csv of a training run.",
)
@click.option(
    "--part",
    type=click.Choice(_PARTS),
    help="Which part of the split: validation (the default), test or train.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the report goes; without it nothing is written.",
)
@click.option(
    "--protocol",
    metavar="NAME",
    default="whole-256",
    show_default=True,
    help="How pictures are compared: whole-256, stretch-256 or original.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Measure that many, evenly spread.")
@click.option(
    "--raw-rgb",
    is_flag=True,
    help="Measure the RGB that models paint, lightness included, not only its chroma.",
)
@flags_of(Options, only=_OF_MODELS)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--force", is_flag=True, help="Replace an earlier report.")
def evaluate(
    *,
    models: tuple[str, ...],
    results: tuple[str, ...],
    photos: tuple[Path, ...],
    split: Path | None,
    part: "Part | None",
    out: Path | None,
    protocol: str,
    limit: int | None,
    raw_rgb: bool,
    as_json: bool,
    force: bool,
    **flags: Any,  # of Options
) -> int:
    """Measure colorizers on color photographs, beside gray and another picture's colors."""
    from photochrom.cli.progress import progress_bar
    from photochrom.evaluation import evaluate as run
    from photochrom.evaluation.outputs import refuse_existing, write_outputs
    from photochrom.evaluation.protocol import protocol_by_name
    from photochrom.evaluation.summary import summarize

    protocol_by_name(protocol)
    if out is not None:
        refuse_existing(out, force=force)
    collection = _open(photos, split, part)
    wanted = models or (() if results else (DEFAULT_MODEL,))
    colorizers = _load(wanted, take(Options, flags), raw_rgb=raw_rgb)
    total = min(limit or len(collection), len(collection))
    with progress_bar(total, doing="measuring") as tick:
        evaluation = run(
            colorizers,
            collection,
            results=_folders(results),
            protocol=protocol,
            limit=limit,
            progress=lambda *_: tick(),
        )
    summaries = summarize(evaluation)
    if out is not None:
        write_outputs(evaluation, summaries, out)
    _print(evaluation, summaries, out, as_json=as_json)
    return 1 if evaluation.failures else 0


def _open(photos: tuple[Path, ...], split: Path | None, part: "Part | None") -> "Collection":
    """Open the photographs, or the asked part of them."""
    from photochrom.collection import open_collection
    from photochrom.collection.splits import read_splits, select

    if split is None:
        if part is not None:
            raise click.UsageError("--part needs --split FILE")
        return open_collection(photos)
    splits = read_splits(split)
    return select(open_collection(photos), splits, part or "validation")


def _load(names: tuple[str, ...], options: Options, *, raw_rgb: bool) -> "dict[str, Colorize]":
    """Load the models, unless only baselines are asked for."""
    from photochrom.evaluation.baselines import BASELINES

    if set(names) <= set(BASELINES):
        return {}
    from photochrom.evaluation.models import load_models

    if not raw_rgb:
        return load_models(names, options)
    from photochrom.evaluation.raw_rgb import raw_rgb as paint_rgb

    models = load_models(names, options, paint=paint_rgb)
    return {f"{name} (raw RGB)": colorize for name, colorize in models.items()}


def _folders(results: tuple[str, ...]) -> dict[str, Path]:
    """Read NAME=DIR pairs."""
    pairs = [text.partition("=") for text in results]
    for name, _, folder in pairs:
        if not name or not folder:
            raise click.UsageError(f"--results takes NAME=DIR, not {name!r}")
    return {name: Path(folder) for name, _, folder in pairs}


def _print(
    evaluation: "Evaluation", summaries: "list[Summary]", out: Path | None, *, as_json: bool
) -> None:
    """Print results to standard output, remarks to standard error."""
    from rich.console import Console

    from photochrom.evaluation.summary import json_rows
    from photochrom.evaluation.tables import remarks, terminal_table

    if as_json:
        click.echo(json.dumps({"models": json_rows(summaries)}, ensure_ascii=False))
    else:
        Console().print(terminal_table(summaries))
    for remark in remarks(evaluation):
        click.echo(remark, err=True)
    if out is not None:
        click.echo(f"report: {out / 'report.html'}", err=True)
