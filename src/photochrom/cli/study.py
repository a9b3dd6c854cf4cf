"""The verb ``study``: ask people whether colorized pictures look real."""

from pathlib import Path
from typing import Any

import click

from photochrom.cli.evaluate_request import named_paths
from photochrom.cli.options import PATH, flags_of, listening_flags, take
from photochrom.cli.terminal import say, say_json, say_table
from photochrom.extras import need
from photochrom.study.design.presets import PRESETS, Wishes
from photochrom.study.simulation.observers import MadeUp
from photochrom.study.statistics.power import PRECISION_AT, PowerDesign

_PRESETS_HELP = "; ".join(f"{name}: {preset.meaning}" for name, preset in PRESETS.items())


@click.group()
def study() -> None:
    """Ask people whether colorized pictures look real."""


@study.command()
@click.option(
    "--photos",
    required=True,
    type=PATH,
    metavar="COLLECTION",
    help="Color photographs: a folder or a Parquet file.",
)
@click.option(
    "--results",
    multiple=True,
    required=True,
    metavar="NAME=DIR",
    help="Pictures colored by anything, matched to the photographs by file name; may be given "
    "several times.",
)
@click.option(
    "--out",
    required=True,
    type=PATH,
    metavar="S",
    help="Folder of the new study.",
)
@click.option(
    "--preset",
    type=click.Choice(tuple(PRESETS)),
    default="cic",
    show_default=True,
    help=f"{_PRESETS_HELP}.",
)
@flags_of(Wishes)
@click.option("--force", is_flag=True, help="Replace a study that nobody has taken part in.")
def create(
    *,
    photos: Path,
    results: tuple[str, ...],
    out: Path,
    preset: str,
    force: bool,
    **flags: Any,  # of Wishes
) -> None:
    """Make a study of photographs and their colored results."""
    from photochrom.cli.progress import progress_bar
    from photochrom.study.create import create_study
    from photochrom.study.design.manifest import part_sizes, settle

    wishes = take(Wishes, flags)
    folders = named_paths(results, "--results", "DIR")
    total = sum(part_sizes(settle(preset, wishes, tuple(folders)), wishes).values())
    with progress_bar(total, doing="preparing") as tick:
        created = create_study(
            photos, folders, out=out, preset=preset, wishes=wishes, force=force, tick=tick
        )
    for remark in created.remarks:
        say(remark, err=True)
    made = created.manifest
    say(
        f"{out}: {len(made.pictures)} photographs, {', '.join(made.models)}; a participant answers "
        f"{made.practice} practice, {made.test} test and {made.vigilance} vigilance trials.",
        f"Next: photochrom study serve {out}",
    )


@study.command()
@click.argument("folder", type=PATH, metavar="S")
@listening_flags(8000, "the whole network in")
@click.option(
    "--admin-token",
    metavar="TOKEN",
    help="Secret of the page that shows progress and closes the study; made up when left out.",
)
def serve(*, folder: Path, host: str, port: int, admin_token: str | None) -> None:
    """Let people take part, until Ctrl-C."""
    need("study", "fastapi", "uvicorn", what="serving a study")
    from photochrom.study.server.app import serve_study

    serve_study(folder, host=host, port=port, admin_token=admin_token, announce=say)


@study.command()
@flags_of(PowerDesign)
@click.option(
    "--power",
    type=float,
    default=0.8,
    show_default=True,
    help="How often the study is to tell the rates apart, from 0 to 1.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def plan(*, power: float, as_json: bool, **flags: Any) -> None:  # flags of PowerDesign
    """Say how many participants a study needs to tell two rates apart."""
    need("study", "scipy", what="a study's arithmetic")
    from photochrom.study.statistics.power import plan as plan_study

    found = plan_study(PowerDesign(**flags), power=power)
    if as_json:
        say_json(found.as_dict())
        return
    design = found.design
    first, second = (f"{100 * rate:.1f} %" for rate in design.rates)
    seen = "who all see both models" if design.is_paired else f"{found.people} per model"
    say(
        f"{found.participants} participants, {seen}, {design.trials} trials each,",
        f"tell {first} from {second} in {100 * found.power:.0f} % of such studies (5 % level).",
        "Those are people who count: invite more, since some will be left out.",
        "",
        f"answers per model          {found.trials_per_model}",
        f"were all independent       {found.independent}",
        f"design effect              {design.actual_effect:.2f} with {design.trials_of_each:.0f} "
        "answers of a person to a model",
        "",
        f"{'people' if design.is_paired else 'people per model':>16}   95 % interval   told apart",
    )
    for people in PRECISION_AT:
        half = 100 * design.half_width(design.rates[0], people)
        say(f"{people:>16}   ± {half:4.1f} points {100 * design.power(people):>10.0f} %")


@study.command()
@click.argument("folder", type=PATH, metavar="STUDY")
@flags_of(MadeUp)
@click.option(
    "--out",
    type=PATH,
    metavar="DIR",
    help="The simulated copy of the study.  [default: STUDY-simulated beside it]",
)
@click.option("--force", is_flag=True, help="Replace an earlier simulation, never a real study.")
def simulate(
    *,
    folder: Path,
    out: Path | None,
    force: bool,
    **flags: Any,  # of MadeUp
) -> None:
    """Answer a copy of a study with made-up observers whose rates are known."""
    need("study", "scipy", what="a study's arithmetic")
    from photochrom.study.simulation.simulated import simulate_study

    target = folder.parent / f"{folder.resolve().name}-simulated" if out is None else out
    made_up = simulate_study(folder, target, MadeUp(**flags), force=force)
    say(f"{target}: {len(made_up.answers)} answers, {made_up.words}")
    say(f"next: photochrom study report {target} --out DIR", err=True)


@study.command()
@click.argument("folder", type=PATH, metavar="STUDY")
@click.option(
    "--out",
    type=PATH,
    required=True,
    metavar="DIR",
    help="Where the report goes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--force", is_flag=True, help="Replace an earlier report.")
def report(*, folder: Path, out: Path, as_json: bool, force: bool) -> None:
    """Say what the answers of a study prove."""
    need("study", "scipy", what="a study's arithmetic")
    from photochrom.report.page import refuse_existing
    from photochrom.study.report.write import report_json, report_study

    refuse_existing(out, force=force)
    found = report_study(folder, out)
    if as_json:
        say_json(report_json(found))
    else:
        from photochrom.study.report.tables import rates

        if found.rates:
            say_table(rates(found).terminal())
        else:
            say("no answer counts yet", err=True)
        if found.simulation:
            say(f"simulated, not measured: {found.simulation}", err=True)
        for verdict in (*found.verdicts, *found.comparison_verdicts):
            say(verdict.sentence, err=True)
        excluded, everybody = len(found.counted.excluded), len(found.counted.attendance)
        why = f": {found.counted.why}" if excluded else ""
        say(f"{excluded} of {everybody} participants left out{why}", err=True)
    say(f"report: {out / 'report.html'}", err=True)
