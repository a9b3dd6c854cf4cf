"""`photochrom export`: turn a training run into one model file."""

from dataclasses import replace
from pathlib import Path

import click

from photochrom.cli.options import PATH, force_flag
from photochrom.cli.photos import open_photos
from photochrom.cli.terminal import say
from photochrom.errors import InputError
from photochrom.extras import need_lab


@click.command()
@click.argument("run", type=PATH)
@click.option("-o", "--out", "out", required=True, type=PATH, help="The file to write.")
@click.option("--card", "card_file", type=PATH, help="TOML file with values of the card.")
@click.option(
    "--calibrate",
    "photos",
    type=PATH,
    metavar="COLLECTION",
    help="Choose temperature and saturation on these photographs.",
)
@force_flag("the file if it exists")
def export(run: Path, out: Path, card_file: Path | None, photos: Path | None, force: bool) -> None:
    """Write the averaged weights of RUN as one model file, and prove that torch and ONNX agree."""
    need_lab("exporting")
    from photochrom.lab.training.export import export as write
    from photochrom.lab.training.export import load_card, network_of
    from photochrom.lab.training.run import Run

    if out.exists() and not force:
        raise InputError(f"{out} exists; add --force to replace it")
    source = Run(folder=run)
    card = load_card(card_file, source, network_of(source.recipe()))
    difference = write(source, out, card)
    if photos is not None:
        from photochrom.lab.exporting.calibrate import calibrate

        trials = calibrate(out, open_photos(photos))
        for trial in trials[:8]:
            say(
                f"T {trial.temperature:.2f}  saturation {trial.saturation:.2f}  over gray: "
                f"AuC {trial.auc:+.2f}  rebalanced {trial.auc_rebalanced:+.2f}  "
                f"PSNR {trial.psnr:+.2f} dB  colorfulness {trial.colorfulness:.2f} of the truth's",
                err=True,
            )
        best = trials[0]
        card = replace(card, temperature=best.temperature, saturation=best.saturation)
        difference = write(source, out, card)
    size_mib = out.stat().st_size / 2**20
    say(f"{out}: {size_mib:.1f} MiB, torch and ONNX differ by {difference:.1g} ab units")
