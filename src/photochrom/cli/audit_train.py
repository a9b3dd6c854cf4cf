"""`photochrom audit train | mine | mend | run`: the half of the audit that needs the lab."""

from functools import partial
from pathlib import Path
from typing import Any

import click

from photochrom.cli.options import (
    PATH,
    flags_of,
    force_flag,
    json_flag,
    model_flag,
    photos_flag,
    take,
)
from photochrom.cli.photos import open_photos
from photochrom.cli.terminal import say, say_json
from photochrom.errors import InputError
from photochrom.extras import need_lab
from photochrom.lab.auditor.settings import AuditorSettings, MendSettings, RoundsPlan
from photochrom.models.registry import DEFAULT_MODEL


@click.command()
@model_flag
@photos_flag
@click.option("--out", required=True, type=PATH, metavar="DIR", help="Of auditor and report.")
@flags_of(AuditorSettings)
@force_flag("an earlier report")
@json_flag
def train(
    *, model: str, photos: tuple[Path, ...], out: Path, force: bool, as_json: bool, **asked: Any
) -> int:
    """Train an auditor: a network that tells a colorizer's pictures from photographs.

    What was begun in the folder goes on. The exit status is 1 when the controls find more than
    colors to tell the two by, or cannot say.
    """
    need_lab("this part of the audit")
    from photochrom.cli.progress import going_on, progress_bar
    from photochrom.engine.colorizer import Colorizer
    from photochrom.lab.auditor.audit import AUDITOR_FILE, train_auditor
    from photochrom.lab.auditor.report import report_json, terminal_lines, write_report
    from photochrom.report.page import refuse_existing

    settings = take(AuditorSettings, asked)
    refuse_existing(out, force=force)
    colorizer = Colorizer(model, threads=1)
    collection = open_photos(photos)
    with going_on():
        found = train_auditor(collection, colorizer, out, settings, stage=progress_bar)
    write_report(found, out)
    say(found.pair_set.tally(), err=True)
    if as_json:
        say_json(report_json(found))
    else:
        say(*terminal_lines(found))
    say(f"report: {out / 'report.html'}", err=True)
    is_refused = found.verdict.is_refused
    say("no auditor was written" if is_refused else f"auditor: {out / AUDITOR_FILE}", err=True)
    return 0 if found.verdict.is_valid else 1


@click.command()
@model_flag
@photos_flag
@click.option(
    "--auditor", required=True, metavar="NAME|FILE", help="That was trained against the model."
)
@click.option("--count", type=int, default=2000, show_default=True, help="How many to take.")
@click.option("--out", required=True, type=PATH, metavar="FILE", help="The split, as CSV.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of lots.")
@force_flag("an earlier split")
def mine(
    *,
    model: str,
    photos: tuple[Path, ...],
    auditor: str,
    count: int,
    out: Path,
    seed: int,
    force: bool,
) -> None:
    """Find the photographs that a colorizer gets most plainly wrong.

    They are written as a split, four fifths to train on and one fifth to test with.
    """
    need_lab("this part of the audit")
    from photochrom.audit.auditor import open_auditor
    from photochrom.cli.progress import progress_bar
    from photochrom.engine.colorizer import Colorizer
    from photochrom.lab.auditor.mending.mine import mine as dig

    if out.exists() and not force:
        raise InputError(f"{out} exists; add --force to replace it")
    colorizer, judge = Colorizer(model, threads=1), open_auditor(auditor, threads=1)
    if judge.card.model_sha256 != colorizer.sha256:
        say(f"the auditor was trained against {judge.card.model}, another model", err=True)
    collection = open_photos(photos)
    with progress_bar(len(collection), doing="judging") as tick:
        found = dig(collection, colorizer, judge, out, count=count, seed=seed, tick=tick)
    say(
        f"{len(found.entries)} of {found.judged} photographs, the colored ones judged photographs "
        f"with a probability of {found.hardest:.3g} to {found.threshold:.3g}; {found.dropped} "
        f"left out; the split is {out}"
    )


@click.command()
@click.option(
    "--model",
    metavar="MODEL|RUN",
    default=DEFAULT_MODEL,
    show_default=True,
    help="The colorizer, by name, file or run folder; it stays as it is.",
)
@photos_flag
@click.option("--mined", required=True, type=PATH, metavar="FILE", help="What `mine` wrote.")
@click.option("--out", required=True, type=PATH, metavar="DIR", help="Of run and report.")
@flags_of(MendSettings)
@force_flag("an earlier report")
@json_flag
def mend(
    *,
    model: str,
    photos: tuple[Path, ...],
    mined: Path,
    out: Path,
    force: bool,
    as_json: bool,
    **asked: Any,
) -> int:
    """Train a colorizer on what was mined, and keep the result only if that helped.

    Before and after are compared on the mined test part and on untouched photographs, at equal
    colorfulness. Otherwise nothing is replaced, and the exit status is 1.
    """
    need_lab("this part of the audit")
    from photochrom.cli.progress import going_on
    from photochrom.lab.auditor.mending.mend import MENDED_FILE, write_mend_report
    from photochrom.lab.auditor.mending.mend import mend as repair
    from photochrom.report.page import refuse_existing

    settings = take(MendSettings, asked)
    refuse_existing(out, force=force)
    collection = open_photos(photos)
    with going_on():
        found = repair(model, mined, collection, out, settings, say=partial(say, err=True))
    write_mend_report(found, out)
    if as_json:
        say_json(found.summary())
    else:
        say(found.words)
    if found.is_kept:
        say(f"model: {out / MENDED_FILE}", err=True)
    return 0 if found.is_kept else 1


@click.command()
@model_flag
@photos_flag
@click.option(
    "--unseen",
    "unseen",
    multiple=True,
    required=True,
    type=PATH,
    metavar="COLLECTION",
    help="Color photographs that the colorizer never saw, to train auditors on.",
)
@click.option("--out", required=True, type=PATH, metavar="DIR", help="Of rounds and report.")
@flags_of(RoundsPlan)
@flags_of(AuditorSettings, only=("pairs", "size", "epochs", "control_epochs"))
@flags_of(MendSettings)
@force_flag("an earlier report")
@json_flag
def run(
    *,
    model: str,
    photos: tuple[Path, ...],
    unseen: tuple[Path, ...],
    out: Path,
    force: bool,
    as_json: bool,
    **asked: Any,
) -> int:
    """Train an auditor, mine, mend, and again with the model that came out.

    Each round is kept or refused as `mend` says; the exit status is 1 when the first is not kept.
    """
    need_lab("this part of the audit")
    from photochrom.cli.progress import going_on, progress_bar
    from photochrom.lab.auditor.mending.rounds import run_rounds, summary
    from photochrom.report.page import refuse_existing, write_folder

    settings = {"audit": take(AuditorSettings, asked), "mend": take(MendSettings, asked)}
    plan = take(RoundsPlan, asked | settings)
    refuse_existing(out, force=force)
    with going_on():
        done = run_rounds(
            model,
            open_photos(unseen),
            open_photos(photos),
            out,
            plan,
            stage=progress_bar,
            say=partial(say, err=True),
        )
    report = summary(done)
    write_folder(out, report, {})
    if as_json:
        say_json(report)
    else:
        say(report["words"])
    return 0 if done[0].is_kept else 1
