"""The verb ``study``: ask people whether colorized pictures look real."""

from pathlib import Path
from typing import Any

import click

from photochrom.cli.evaluate_request import named_paths
from photochrom.cli.options import flags_of, take
from photochrom.cli.study_report import plan, report, simulate
from photochrom.cli.terminal import say
from photochrom.extras import need
from photochrom.study.design.presets import PRESETS, Wishes

_PRESETS_HELP = "; ".join(f"{name}: {preset.meaning}" for name, preset in PRESETS.items())


@click.group()
def study() -> None:
    """Ask people whether colorized pictures look real."""


@study.command()
@click.option(
    "--photos",
    required=True,
    type=click.Path(path_type=Path),
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
    type=click.Path(path_type=Path),
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
@click.argument("folder", type=click.Path(path_type=Path), metavar="S")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen at: this computer alone; 0.0.0.0 lets the whole network in.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port."
)
@click.option(
    "--admin-token",
    metavar="TOKEN",
    help="Secret of the page that shows progress and closes the study; made up when left out.",
)
def serve(*, folder: Path, host: str, port: int, admin_token: str | None) -> None:
    """Let people take part, until Ctrl-C."""
    need("study", "fastapi", "uvicorn", what="serving a study")
    from photochrom.study.server.serve import serve_study

    serve_study(folder, host=host, port=port, admin_token=admin_token, announce=say)


for _command in (plan, simulate, report):
    study.add_command(_command)
