"""The verbs ``study plan``, ``simulate`` and ``report``: before and after people answer."""

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from photochrom.study.power import Plan


@click.command()
@click.option(
    "--rates",
    nargs=2,
    type=float,
    required=True,
    metavar="RATE RATE",
    help="The two rates labelled real that are to be told apart, from 0 to 1: 0.30 0.23.",
)
@click.option(
    "--trials",
    type=click.IntRange(min=2),
    default=40,
    show_default=True,
    help="Test trials of a session.",
)
@click.option(
    "--design-effect",
    type=float,
    default=3.5,
    show_default=True,
    help="How many of 40 answers of one person are worth one independent answer.",
)
@click.option(
    "--power",
    type=float,
    default=0.8,
    show_default=True,
    help="How often the study is to tell the rates apart, from 0 to 1.",
)
@click.option(
    "--paired",
    is_flag=True,
    help="Everybody sees both models, half of the trials each; otherwise one of them.",
)
@click.option(
    "--agreement",
    type=float,
    default=0.5,
    show_default=True,
    help="With --paired: whether the same people are fooled by both models, 0 to 1.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def plan(
    *,
    rates: tuple[float, float],
    trials: int,
    design_effect: float,
    power: float,
    paired: bool,
    agreement: float,
    as_json: bool,
) -> None:
    """Say how many participants a study needs to tell two rates apart."""
    from photochrom.study.power import Design
    from photochrom.study.power import plan as plan_study

    design = Design(
        rates=rates,
        trials=trials,
        design_effect=design_effect,
        is_paired=paired,
        agreement=agreement,
    )
    found = plan_study(design, power=power)
    click.echo(json.dumps(found.as_dict(), ensure_ascii=False) if as_json else _plan_text(found))


def _plan_text(found: "Plan") -> str:
    """Say a plan in plain words."""
    from photochrom.study.power import PRECISION_AT

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
