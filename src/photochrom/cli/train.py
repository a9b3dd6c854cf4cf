"""`photochrom train`: make a colorizer from color photographs."""

from functools import partial
from pathlib import Path

import click

from photochrom.cli.options import PATH
from photochrom.cli.photos import open_photos
from photochrom.cli.terminal import say
from photochrom.extras import need_lab


@click.command()
@click.argument("recipe", required=False)
@click.option(
    "--photos",
    "photos",
    multiple=True,
    type=PATH,
    help="Folder or Parquet file of color photographs; may be given several times.",
)
@click.option("--out", "out", type=PATH, help="Run folder.")
@click.option("--init", metavar="MODEL", help="Start from the weights of a model or model file.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Change the recipe.")
@click.option("--resume", is_flag=True, help="Go on from the newest checkpoint of --out.")
@click.option("--devices", type=click.IntRange(min=1), default=1, help="Processes or GPUs here.")
@click.option("--nodes", type=click.IntRange(min=1), default=1, help="Machines.")
@click.option("--list", "list_recipes", is_flag=True, help="List the recipes and stop.")
def train(
    *,
    recipe: str | None,
    photos: tuple[Path, ...],
    out: Path | None,
    init: str | None,
    settings: tuple[str, ...],
    resume: bool,
    devices: int,
    nodes: int,
    list_recipes: bool,
) -> None:
    """Train RECIPE (a name or a TOML file) on color photographs."""
    need_lab("training")
    from photochrom.cli.progress import going_on
    from photochrom.collection import open_collection
    from photochrom.lab.training.fit import Processes, is_first_process
    from photochrom.lab.training.fit import train as run_recipe
    from photochrom.lab.training.recipe import load_recipe, recipe_names
    from photochrom.lab.training.run import Run

    if list_recipes:
        for name in recipe_names():
            say(f"{name:12} {load_recipe(name).description}")
        return
    if recipe is None or out is None or not photos:
        raise click.UsageError("train needs RECIPE, --photos and --out")
    start = (f"init={init}",) if init else ()
    resolved = load_recipe(recipe, (*settings, *start))
    collection = open_photos(photos) if is_first_process() else open_collection(photos)
    checkpoint = Run(folder=out).checkpoint
    kept = "--resume goes on from the newest checkpoint"
    with going_on(kept, kept=checkpoint):
        run = run_recipe(
            resolved,
            collection,
            out,
            resume=resume,
            processes=Processes(devices=devices, nodes=nodes),
            say=partial(say, err=True),
        )
    if is_first_process():
        say(f"trained {resolved.name}; the run is in {run.folder}")
