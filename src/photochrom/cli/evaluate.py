"""The verb ``evaluate``: measure colorizers on color photographs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from photochrom.cli.evaluate_request import (
    feature_files,
    load_contestants,
    named_paths,
    open_photographs,
    request_of,
)
from photochrom.cli.options import flags_of, json_flag, take
from photochrom.cli.terminal import say, say_json, say_table
from photochrom.engine.options import Options
from photochrom.models.registry import DEFAULT_MODEL

if TYPE_CHECKING:
    from photochrom.collection.splits import Part
    from photochrom.evaluation.findings.summary import Summary
    from photochrom.evaluation.measured import Evaluation


_OF_MODELS: Final = ("saturation", "temperature", "size")  # what makes sense in a comparison
_PARTS: Final[tuple["Part", ...]] = ("validation", "test", "train")


@click.command()
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="[NAME=]MODEL",
    help="Model to measure, by name or file, and what to call it; may be given several times. "
    "Default, without --results: autochrome.",
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
    metavar="NAME|FILE",
    default="whole-256",
    show_default=True,
    help="How pictures are compared: whole-256, stretch-256, center-256, original, or a TOML file "
    "that pins everything.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Measure that many, evenly spread.")
@click.option(
    "--raw-rgb",
    is_flag=True,
    help="Measure the RGB that models paint, lightness included, not only its chroma.",
)
@click.option(
    "--masks",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also measure inside and outside of objects: a PNG per picture, 0 is background.",
)
@click.option(
    "--probe",
    type=click.Choice(("intensity",)),
    help="Also measure how much of a model's color follows from lightness alone.",
)
@click.option(
    "--features",
    multiple=True,
    metavar="NAME[=FILE.onnx]",
    help="Metrics of a network that you converted once: lpips, fid, kid or top1.",
)
@flags_of(Options, only=_OF_MODELS)
@json_flag
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
    masks: Path | None,
    probe: str | None,
    features: tuple[str, ...],
    as_json: bool,
    force: bool,
    **flags: Any,  # of Options
) -> int:
    """Measure colorizers on color photographs, beside gray and another picture's colors."""
    from photochrom.cli.progress import GO_ON, going_on, progress_bar
    from photochrom.evaluation.findings.summary import summarize
    from photochrom.evaluation.report.outputs import write_outputs
    from photochrom.evaluation.run import measure_all
    from photochrom.report.folder import refuse_existing
    from photochrom.work.journal import JOURNAL

    take(Options, flags)  # refuses what is out of range as wrong usage
    asked = {
        **flags,
        "limit": limit,
        "masks": masks,
        "probe": probe,
        "raw_rgb": raw_rgb,
        "features": feature_files(features),
    }
    request = request_of(protocol, asked, journal=None if out is None else out / JOURNAL)
    if out is not None:
        refuse_existing(out, force=force)
    collection = open_photographs(photos, split, part)
    wanted = models or (() if results else (DEFAULT_MODEL,))
    colorizers = load_contestants(wanted, request.options, raw_rgb=request.raw_rgb)
    total = min(request.setup.limit or len(collection), len(collection))
    with (
        going_on(lambda: None if out is None else GO_ON),
        progress_bar(total, doing="measuring") as tick,
    ):
        evaluation = measure_all(
            colorizers,
            collection,
            request.setup,
            results=named_paths(results, "--results", "DIR"),
            progress=lambda *_: tick(),
        )
    summaries = summarize(evaluation)
    if out is not None:
        write_outputs(evaluation, summaries, out, pinned=request.protocol_text())
    _print(evaluation, summaries, out, as_json=as_json)
    return 1 if evaluation.failures else 0


def _print(
    evaluation: "Evaluation", summaries: "list[Summary]", out: Path | None, *, as_json: bool
) -> None:
    """Print results to standard output, remarks to standard error."""
    from photochrom.evaluation.findings.summary import json_rows
    from photochrom.evaluation.report.remarks import probed, remarks, verdicts
    from photochrom.evaluation.report.tables import formatted, models_table

    if as_json:
        say_json({"models": json_rows(summaries)})
    else:
        truth = formatted("colorfulness_truth", summaries[0].value("colorfulness_truth"))
        caption = f"↑ higher is better, ↓ lower is better, CF best near the originals' {truth}"
        say_table(models_table(summaries).terminal(caption=caption, least_width=13))
    for remark in (*verdicts(evaluation), *probed(evaluation), *remarks(evaluation)):
        say(remark, err=True)
    if out is not None:
        say(f"report: {out / 'report.html'}", err=True)
