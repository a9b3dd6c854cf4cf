"""`photochrom export`: turn a training run into one model file."""

from pathlib import Path

import click

from photochrom.cli.train import need_lab
from photochrom.errors import InputError


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "-o", "--out", "out", required=True, type=click.Path(path_type=Path), help="The file."
)
@click.option("--force", is_flag=True, help="Replace FILE.onnx if it exists.")
@click.option("--card", "card_file", type=click.Path(path_type=Path), help="TOML with card values.")
def export(run: Path, out: Path, force: bool, card_file: Path | None) -> None:
    """Write the averaged weights of RUN as a contract file, and prove that torch and ONNX agree."""
    need_lab()
    from photochrom.lab.training.card_file import load_card
    from photochrom.lab.training.export import export as write
    from photochrom.lab.training.fit import Run

    if out.exists() and not force:
        raise InputError(f"{out} exists; add --force to replace it")
    source = Run(folder=run)
    difference = write(source, out, load_card(card_file, source.recipe()))
    size_mib = out.stat().st_size / 2**20
    click.echo(f"{out}: {size_mib:.1f} MiB, torch and ONNX differ by {difference:.1g} ab units")
