"""The verb ``audit``: find out where a colorizer gives itself away.

``score`` needs the base install only; the other commands need the lab.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from photochrom.cli.audit_train import mend, mine, run, train
from photochrom.cli.options import PATH, force_flag, json_flag
from photochrom.cli.terminal import say, say_json
from photochrom.models.registry import DEFAULT_MODEL

if TYPE_CHECKING:
    from photochrom.audit.report.tables import Ranked
    from photochrom.audit.score import Scored

_SHOWN: Final = 10  # pictures on the terminal


@click.group()
def audit() -> None:
    """Find out where a colorizer gives itself away, and mend it."""


for _command in (train, mine, mend, run):
    audit.add_command(_command)


@audit.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=PATH)
@click.option("--out", required=True, type=PATH, metavar="DIR", help="Where report and lists go.")
@click.option(
    "--auditor",
    metavar="NAME|FILE",
    help="The network that ranks. Default: the package's own for the model that colored the "
    "pictures, if there is one; else the detectors alone rank.",
)
@click.option(
    "--truth",
    multiple=True,
    type=PATH,
    metavar="COLLECTION",
    help="The originals in color, matched by file name; may be given several times.",
)
@click.option(
    "--model",
    metavar="NAME|FILE|none",
    default=DEFAULT_MODEL,
    show_default=True,
    help="The model that is asked what it thinks of the colors; none is faster.",
)
@click.option(
    "--worst",
    type=click.IntRange(min=0),
    default=100,
    show_default=True,
    metavar="N",
    help="How many photographs worst.txt lists, for photochrom colorize --list.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), help="Pictures worked on at once; else one per core."
)
@force_flag("an earlier report")
@json_flag
def score(
    *,
    paths: tuple[Path, ...],
    out: Path,
    auditor: str | None,
    truth: tuple[Path, ...],
    model: str,
    worst: int,
    jobs: int | None,
    force: bool,
    as_json: bool,
) -> int:
    """Rank colored pictures from most artificial to most real, and say where and why.

    PATH is a picture, a folder of them, a Parquet file, or a listing (.jsonl). Running it again
    goes on where a killed run stopped.
    """
    from photochrom.audit.report.page import write_outputs
    from photochrom.audit.report.tables import ranked
    from photochrom.audit.score import JOURNAL, AuditRequest
    from photochrom.audit.score import score as score_all
    from photochrom.cli.progress import going_on, progress_bar
    from photochrom.report.page import refuse_existing

    refuse_existing(out, force=force)
    request = AuditRequest(
        paths=paths,
        truth=truth,
        auditor=auditor,
        model=None if model == "none" else model,
        jobs=jobs,
        journal=out / JOURNAL,
    )
    with going_on():
        scored = score_all(request, progress=lambda total: progress_bar(total, doing="scoring"))
    order = ranked(scored)
    write_outputs(scored, order, out, worst=worst)
    _print(scored, order, out, as_json=as_json)
    return 1 if scored.failures else 0


def _print(scored: "Scored", order: "list[Ranked]", out: Path, *, as_json: bool) -> None:
    """Print the ranking to standard output, remarks to standard error."""
    from photochrom.audit.report.page import report

    if as_json:
        say_json(report(scored, order))
    else:
        for each in order[:_SHOWN]:
            say(f"{each.rank}. {scored.result(each.row).name}: {each.why}")
    by = "the detectors alone" if scored.auditor is None else f"auditor {scored.auditor.name}"
    remarks = [f"{len(order)} colored pictures, ranked by {by}"]
    remarks += [f"warning: {warning}" for warning in scored.warnings]
    if scored.gray:
        remarks.append(f"{len(scored.gray)} have no color and are not ranked")
    if scored.without_truth:
        remarks.append(f"{len(scored.without_truth)} have no original of the same name")
    remarks += [f"failed: {each.name}: {each.reason}" for each in scored.failures]
    say(*remarks, f"report: {out / 'report.html'}", err=True)
