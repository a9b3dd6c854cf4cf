"""The verb ``evaluate``: measure colorizers on color photographs."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from photochrom.cli.evaluate_film import evaluate_films
from photochrom.cli.evaluate_request import (
    EvaluateRequest,
    feature_files,
    load_contestants,
    named_paths,
    open_photographs,
    settled,
)
from photochrom.cli.options import flags_of, force_flag, json_flag, take
from photochrom.cli.terminal import say, say_json, say_table
from photochrom.engine.options import Options
from photochrom.evaluation.protocol import Setup
from photochrom.models.registry import DEFAULT_MODEL

if TYPE_CHECKING:
    from photochrom.evaluation.findings.summary import Summary
    from photochrom.evaluation.measured import Evaluation


# what makes sense in a comparison
_OF_MODELS: Final = ("saturation", "temperature", "size", "no_edges")


@click.command()
@flags_of(EvaluateRequest)
@flags_of(Setup)
@flags_of(Options, only=_OF_MODELS)
@json_flag
@force_flag("an earlier report")
@click.pass_context
def evaluate(
    ctx: click.Context,
    /,
    *,
    as_json: bool,
    force: bool,
    **flags: Any,  # of EvaluateRequest, Setup and Options
) -> int:
    """Measure colorizers on color photographs, beside gray and another picture's colors.

    With --film, on films: every frame by itself and calmly, beside gray.
    """
    from photochrom.cli.progress import GO_ON, going_on, progress_bar
    from photochrom.evaluation.findings.summary import summarize
    from photochrom.evaluation.protocol_file import protocol_text
    from photochrom.evaluation.report.page import write_outputs
    from photochrom.evaluation.run import measure_all
    from photochrom.metrics.rarity import load_prior
    from photochrom.report.page import refuse_existing
    from photochrom.work.journal import JOURNAL

    take(Options, flags)  # refuses what is out of range as wrong usage
    request = take(EvaluateRequest, flags)
    if request.film:
        return evaluate_films(ctx, request, take(Options, flags), limit=flags["limit"])
    if not request.photos:
        raise click.UsageError("give --photos COLLECTION, or --film CLIP")
    asked = {name: flags[name] for name in ("limit", "masks", "probe", "raw_rgb", *_OF_MODELS)}
    setup = settled(request.protocol, asked | {"features": feature_files(request.features)})
    out = request.out
    if out is not None:
        setup = replace(setup, journal=out / JOURNAL)
        refuse_existing(out, force=force)
    collection = open_photographs(request)
    wanted = request.models or (() if request.results else (DEFAULT_MODEL,))
    colorizers = load_contestants(wanted, setup)
    total = min(setup.limit or len(collection), len(collection))
    with (
        going_on(None if out is None else GO_ON),
        progress_bar(total, doing="measuring") as tick,
    ):
        evaluation = measure_all(
            colorizers,
            collection,
            setup,
            results=named_paths(request.results, "--results", "DIR"),
            progress=lambda *_: tick(),
        )
    summaries = summarize(evaluation)
    if out is not None:
        pinned = replace(
            setup,
            masks=setup.masks and setup.masks.absolute(),
            features={name: path.absolute() for name, path in setup.features.items()},
            prior_sha256=load_prior().sha256,
        )
        write_outputs(evaluation, summaries, out, pinned=protocol_text(pinned))
    _print(evaluation, summaries, out, as_json=as_json)
    return 1 if evaluation.failures else 0


def _print(
    evaluation: "Evaluation", summaries: "list[Summary]", out: Path | None, *, as_json: bool
) -> None:
    """Print results to standard output, remarks to standard error."""
    from photochrom.evaluation.findings.summary import json_rows
    from photochrom.evaluation.report.tables import (
        formatted,
        models_table,
        probed,
        remarks,
        verdicts,
    )

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
