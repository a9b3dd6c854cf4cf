"""`photochrom audit train | mine | mend | run`: the half of the audit that needs the lab."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.train import need_lab
from photochrom.models.registry import DEFAULT_MODEL

if TYPE_CHECKING:
    from photochrom.lab.auditor.audit import Audit

_PATH = click.Path(path_type=Path)
_model = click.option(
    "--model", metavar="MODEL", default=DEFAULT_MODEL, show_default=True, help="The colorizer."
)
_photos = click.option(
    "--photos",
    "photos",
    multiple=True,
    required=True,
    type=_PATH,
    metavar="COLLECTION",
    help="Folder or Parquet file of color photographs; may be given several times.",
)


@click.command()
@_model
@_photos
@click.option("--out", required=True, type=_PATH, metavar="DIR", help="Of auditor and report.")
@click.option(
    "--network",
    type=click.Choice(["patch", "paper"]),
    default="patch",
    show_default=True,
    help="patch also tells where; paper is that of the Discriminator paper.",
)
@click.option("--pairs", type=int, default=10_000, show_default=True, help="Most pairs to make.")
@click.option("--size", type=int, default=0, help="Side in pixels; else 64, or 150 with paper.")
@click.option("--epochs", type=int, default=0, help="Passes; else 20, or 10 with paper.")
@click.option("--control-epochs", type=int, default=0, help="Of each control; else 8 or 5.")
@click.option(
    "--encoder", default="png", show_default=True, help="Of both sides: png, jpeg:N or webp:N."
)
@click.option(
    "--output-encoder", default="", help="Another one for the colorized side: plants a leak."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of lots.")
@click.option("--force", is_flag=True, help="Replace an earlier report.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def train(
    *, model: str, photos: tuple[Path, ...], out: Path, force: bool, as_json: bool, **asked: Any
) -> int:
    """Train an auditor: a network that tells a colorizer's pictures from photographs.

    What was begun in the folder goes on. The exit status is 1 when the controls find more than
    colors to tell the two by, or cannot say.
    """
    need_lab()
    from photochrom.cli.progress import progress_bar
    from photochrom.collection import open_collection
    from photochrom.engine.colorizer import Colorizer
    from photochrom.evaluation.outputs import refuse_existing
    from photochrom.lab.auditor.audit import train_auditor
    from photochrom.lab.auditor.report import write_report
    from photochrom.lab.auditor.settings import AuditorSettings

    settings = AuditorSettings(**asked)
    refuse_existing(out, force=force)
    colorizer = Colorizer(model, threads=1)
    found = train_auditor(open_collection(photos), colorizer, out, settings, stage=progress_bar)
    write_report(found, out)
    _print(found, out, as_json=as_json)
    return 0 if found.verdict.is_valid else 1


def _print(found: "Audit", out: Path, *, as_json: bool) -> None:
    """Print numbers and verdict to standard output, where things are to standard error."""
    from photochrom.lab.auditor.audit import AUDITOR_FILE
    from photochrom.lab.auditor.report import report_json, terminal_lines

    click.echo(found.pair_set.tally(), err=True)
    if as_json:
        click.echo(json.dumps(report_json(found), ensure_ascii=False))
    else:
        click.echo("\n".join(terminal_lines(found)))
    click.echo(f"report: {out / 'report.html'}", err=True)
    if found.verdict.is_refused:
        click.echo("no auditor was written", err=True)
    else:
        click.echo(f"auditor: {out / AUDITOR_FILE}", err=True)
