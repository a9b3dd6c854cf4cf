"""The verbs ``study plan``, ``simulate`` and ``report``: before and after people answer."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.options import flags_of
from photochrom.cli.terminal import say, say_json, say_table
from photochrom.extras import need
from photochrom.study.simulation.observers import MadeUp
from photochrom.study.statistics.power import PRECISION_AT, PowerDesign

if TYPE_CHECKING:
    from photochrom.study.statistics.findings import StudyFindings
    from photochrom.study.statistics.power import PowerPlan


@click.command()
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
    else:
        say(*_plan_text(found).splitlines())


def _plan_text(found: "PowerPlan") -> str:
    """Say a plan in plain words."""
    design = found.design
    first, second = (f"{100 * rate:.1f} %" for rate in design.rates)
    seen = "who all see both models" if design.is_paired else f"{found.people} per model"
    lines = [
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
    ]
    lines += [
        f"{people:>16}   ± {100 * design.half_width(design.rates[0], people):4.1f} points "
        f"{100 * design.power(people):>10.0f} %"
        for people in PRECISION_AT
    ]
    return "\n".join(lines)


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@flags_of(MadeUp)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The simulated copy of the study.  [default: STUDY-simulated beside it]",
)
@click.option("--force", is_flag=True, help="Replace an earlier simulation, never a real study.")
def simulate(
    *,
    study: Path,
    out: Path | None,
    force: bool,
    **flags: Any,  # of MadeUp
) -> None:
    """Answer a copy of a study with made-up observers whose rates are known."""
    need("study", "scipy", what="a study's arithmetic")
    from photochrom.study.simulation.simulated import simulate_study

    target = study.parent / f"{study.resolve().name}-simulated" if out is None else out
    made_up = simulate_study(study, target, MadeUp(**flags), force=force)
    say(f"{target}: {len(made_up.answers)} answers, {made_up.words}")
    say(f"next: photochrom study report {target} --out DIR", err=True)


@click.command()
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Where the report goes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--force", is_flag=True, help="Replace an earlier report.")
def report(*, study: Path, out: Path, as_json: bool, force: bool) -> None:
    """Say what the answers of a study prove."""
    need("study", "scipy", what="a study's arithmetic")
    from photochrom.report.folder import refuse_existing
    from photochrom.study.report.write import report_json, report_study

    refuse_existing(out, force=force)
    found = report_study(study, out)
    if as_json:
        say_json(report_json(found))
    else:
        _print_report(found)
    say(f"report: {out / 'report.html'}", err=True)


def _print_report(found: "StudyFindings") -> None:
    """Print the rates to standard output, what may be said of them to standard error."""
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
