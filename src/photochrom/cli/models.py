"""`photochrom models`: what models there are, where they lie, and how to get more."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.options import PATH, flags_of, force_flag, json_flag, take
from photochrom.cli.terminal import say, say_json, say_table
from photochrom.errors import ChecksumError, InputError, ModelError
from photochrom.extras import need_lab
from photochrom.lab.exporting.quantize_options import QuantizeOptions
from photochrom.texts import printable

if TYPE_CHECKING:
    from photochrom.models.card import Card


@click.group()
def models() -> None:
    """List, fetch, verify and import models."""


@models.command("list")
@json_flag
def list_models(as_json: bool) -> None:
    """List the models: which are ready, how large, slow and free they are."""
    from rich import box
    from rich.table import Table

    from photochrom.models.contract import read_contract
    from photochrom.models.ranking import in_words, ranked
    from photochrom.models.registry import MEASURED_ON, MODELS, ModelRow, contract_path

    def entry(row: ModelRow) -> dict[str, object]:
        path = contract_path(row)
        stated: Card | ModelRow = row
        with suppress(ModelError):  # `verify` is there to name a bad file
            stated = read_contract(path)[0] if path.is_file() else row
        return {
            "name": row.name,
            "default": row.is_default,
            "built_in": row.is_built_in,
            "installed": path.is_file(),
            "speed": in_words(row),
            "license": stated.license,
            "trained_on": stated.training_data,
            "description": row.description,
        }

    entries = [entry(row) for row in MODELS]
    if as_json:
        say_json({"models": entries, "choices": [asdict(choice) for choice in ranked()]})
        return
    table = Table("model", "ready", "what it is", box=box.SIMPLE)
    for each in entries:
        name = f"{each['name']} (default)" if each["default"] else str(each["name"])
        ready = "built in" if each["built_in"] else "yes"
        told = f"{each['speed']}; {each['license']}"
        table.add_row(name, ready if each["installed"] else "no", printable(told))
    say_table(table)
    say(f"Seconds: of {MEASURED_ON}, for 12 megapixels.")
    for choice in ranked():
        if not choice.is_installed:
            say(f"{choice.level.title()}: {choice.model} ({choice.text}); {choice.way}")


@models.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the card as one JSON object.")
def show(name: str, as_json: bool) -> None:
    """Show the card of a model.

    NAME is a model of the list, or a model file.
    """
    from photochrom.files import file_sha256
    from photochrom.models.contract import read_contract
    from photochrom.models.registry import resolve_model

    path = resolve_model(name)
    card = read_contract(path)[0]
    if as_json:
        say_json(asdict(card))
        return
    size = f"{path.stat().st_size / 2**20:.1f} MiB"
    facts = {"file": f"{path} ({size})", "SHA-256": file_sha256(path), **_facts(card)}
    width = max(map(len, facts))
    for key, value in facts.items():
        say(f"{key:<{width}}  {' '.join(value.split())}")


def _facts(card: "Card") -> dict[str, str]:
    """Put a card into plain words; what it does not say is left out."""
    area = f"{card.working_size} x {card.working_size} pixels"
    known = {
        "name": card.name,
        "what it is": card.description,
        "license": card.license,
        "trained on": card.training_data,
        "looks at": f"the picture at the area of {area}, sides padded to {card.size_multiple}",
        "temperature": "" if card.temperature is None else f"{card.temperature:g}",
        "saturation": f"{card.saturation:g}",
        "color bins": str(len(card.bins) or ""),
        "measured": ", ".join(f"{name} {value:g}" for name, value in card.metrics.items()),
        "starts from": card.base_sha256 or "",
        "made by commit": card.commit or "",
        "contract": f"version {card.contract}",
    }
    return {key: value for key, value in known.items() if value}


@models.command()
@click.argument("name")
@click.option("--no-import", "only_fetches", is_flag=True, help="Only download and verify.")
def fetch(name: str, only_fetches: bool) -> None:
    """Download and verify published weights, and turn them into a model.

    What broke off goes on where it was, a good file that is already here is left alone, and an
    installed model needs no network.
    """
    from photochrom.models.fetch import fetch_checkpoint
    from photochrom.models.registry import contract_path, find_model, published_checkpoint

    row = find_model(name)
    checkpoint = published_checkpoint(row)
    if not only_fetches:
        if contract_path(row).is_file():
            say(contract_path(row))
            say(f"{name} is ready", err=True)
            return
        try:  # before a long download what could not be used after it
            need_lab(f"turning {name} into a model")
        except InputError as error:
            raise InputError(f"{error}; or add --no-import, which only downloads") from error
        _warn_of_memory(checkpoint.size_bytes or 0)
    with _download_bar(name) as progress:
        path = fetch_checkpoint(row, progress)
    if only_fetches:
        say(path)
        say(f'verified; next: photochrom models import "{path}"', err=True)
        return
    from photochrom.lab.importing.published import import_published

    say("verified; turning it into a model takes up to some minutes", err=True)
    report = import_published(path)
    say(report.path)
    say(
        f"{name} is ready: torch and ONNX Runtime agree within {report.agreement}; "
        f'"{path}" is needed no longer',
        err=True,
    )


def _warn_of_memory(size_bytes: int) -> None:
    from photochrom.lab.importing.published import memory_warning

    if warning := memory_warning(size_bytes):
        say(warning, err=True)


@models.command()
def verify() -> None:
    """Check every installed file; exit 1 when one is bad."""
    from photochrom.models.fetch import verify_models

    verdicts = verify_models()
    for verdict in verdicts:
        word = "good" if verdict.is_good else "BAD"
        say(f"{word:<4}  {verdict.name:<10}  {verdict.path}: {verdict.text}")
    bad = [str(verdict.path) for verdict in verdicts if not verdict.is_good]
    if bad:
        raise ChecksumError(f"bad: {', '.join(bad)}; fetch or import it again")


@models.command()
def where() -> None:
    """Print the folder of fetched models."""
    from photochrom.models.registry import models_home

    say(models_home())


@models.command("import")
@click.argument("files", nargs=-1, required=True, type=PATH, metavar="FILE…")
@click.option(
    "--as",
    "kind",
    metavar="KIND",
    help="cic, siggraph17, instcolorization, ddcolor, deoldify, icolorit, lpips-alex, "
    "fid-inception or classifier-vgg16; told from FILE if left out.",
)
@click.option(
    "--classes",
    type=PATH,
    metavar="FILE.txt",
    help="Of a classifier: the names of its classes, one a line.",
)
@click.option("-o", "target", type=PATH, metavar="FILE.onnx", help="Write here instead.")
@force_flag("a file that is already there")
def import_checkpoint(
    files: tuple[Path, ...],
    kind: str | None,
    classes: Path | None,
    target: Path | None,
    force: bool,
) -> None:
    """Turn published weights into a model, or into a feature file for `evaluate`.

    FILE is a PyTorch checkpoint as fetched; lpips-alex needs two. The result is proved to compute
    the same.
    """
    need_lab("importing")
    from photochrom.lab.importing.any import import_any

    _warn_of_memory(sum(file.stat().st_size for file in files if file.is_file()))
    report = import_any(files, kind=kind, classes=classes, target=target, overwrite=force)
    say(report.path)
    say(f"{report.kind}: torch and ONNX Runtime agree within {report.agreement}", err=True)


@models.command()
@click.argument("name")
@click.option("-o", "--out", "out", required=True, type=PATH, help="The file to write.")
@click.option(
    "--photos",
    multiple=True,
    required=True,
    type=PATH,
    metavar="COLLECTION",
    help="Photographs of yours on which both are compared; may be given several times.",
)
@flags_of(QuantizeOptions)
def quantize(name: str, out: Path, photos: tuple[Path, ...], **flags: Any) -> None:
    """Write a smaller copy of a model, weights in int8, if its colors hardly move.

    NAME is a model of the list, or a model file.
    """
    need_lab("quantizing")
    from photochrom.cli.photos import open_photos
    from photochrom.cli.progress import progress_bar
    from photochrom.lab.exporting.quantize import quantize as write

    options = take(QuantizeOptions, flags)
    made = write(name, out, open_photos(photos), options=options, stage=progress_bar)
    say(out)
    say(
        f"{made.size_bytes / 1e6:.1f} MB instead of {made.base_bytes / 1e6:.1f}; on "
        f"{made.photographs} photographs colors moved by {made.mean:.2f} CIEDE2000, most in "
        f"{printable(made.worst_name)}: {made.worst:.2f}",
        err=True,
    )


@contextmanager
def _download_bar(name: str) -> Iterator[Callable[[int, int], None]]:
    """Show a download on stderr, when that is a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(name, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total or None)
