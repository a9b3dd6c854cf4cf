"""`photochrom adapt`: teach a colorizer a small collection."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.options import PATH, flags_of, json_flag, take
from photochrom.cli.photos import open_photos, open_photos_and_films
from photochrom.cli.terminal import say, say_json, say_table
from photochrom.errors import InputError
from photochrom.extras import need_lab
from photochrom.lab.adaptation.settings import Settings
from photochrom.models.registry import DEFAULT_MODEL

if TYPE_CHECKING:
    from photochrom.collection import Collection
    from photochrom.lab.adaptation.adapt import Adaptation
    from photochrom.lab.adaptation.objects.found import ObjectSource

_GO_ON = (
    "nothing was written, and nothing is kept of what was learned: the same command begins again; "
    "--method linear, or fewer photographs, take less time"
)


@click.command()
@click.option(
    "--base",
    metavar="MODEL",
    default=DEFAULT_MODEL,
    show_default=True,
    help="The colorizer to teach, by name or file; it stays as it is.",
)
@click.option(
    "--photos",
    multiple=True,
    required=True,
    type=PATH,
    metavar="COLLECTION|CLIP",
    help="Folder or Parquet file of color photographs, or a film, whose scenes in color are "
    "sampled; may be given several times.",
)
@click.option("-o", "--out", required=True, type=PATH, metavar="FILE.onnx", help="The new model.")
@flags_of(Settings)
@click.option("--masks", type=PATH, metavar="DIR", help="Where the objects are: PNG per picture.")
@click.option("--boxes", type=PATH, metavar="CSV", help="Where the objects are: boxes in pixels.")
@click.option("--segment", metavar="MODEL", help="Let a Hugging Face segmenter find the objects.")
@click.option(
    "--targets",
    type=PATH,
    metavar="PATH",
    help="Your gray pictures: the report shows them before and after.",
)
@click.option("--report", type=PATH, metavar="DIR", help="Write report.html and report.json.")
@click.option("--force", is_flag=True, help="Replace the model or an earlier report.")
@json_flag
@click.option(
    "--events",
    is_flag=True,
    help="Print what happens as JSON, a line each, the report last, for programs.",
)
def adapt(
    *,
    base: str,
    photos: tuple[Path, ...],
    out: Path,
    masks: Path | None,
    boxes: Path | None,
    segment: str | None,
    targets: Path | None,
    report: Path | None,
    force: bool,
    as_json: bool,
    events: bool,
    **flags: Any,  # one per field of Settings
) -> int:
    """Teach a colorizer the colors of a small collection, if that can be shown to help.

    The photographs are divided into folds. Only when those held out come out better than what needs
    no learning is a model written; else the exit status is 1. --anyway also writes one that is
    likely better.
    """
    need_lab("adapting")
    from photochrom.cli.progress import going_on, progress_bar, progress_events
    from photochrom.lab.adaptation.adapt import adapt as run
    from photochrom.lab.adaptation.report import plain_words, report_page
    from photochrom.models.registry import resolve_model
    from photochrom.report.page import refuse_existing, write_folder

    if sum(given is not None for given in (masks, boxes, segment)) > 1:
        raise click.UsageError("give one of --masks, --boxes and --segment")
    if targets is not None and report is None:
        raise click.UsageError("--targets needs --report DIR, which is where they are shown")
    settings = take(Settings, flags)
    if out.suffix.lower() != ".onnx":
        raise InputError(f"{out} must end in .onnx, as every model does")
    if out.exists() and not force:
        raise InputError(f"{out} exists; add --force to replace it")
    if report is not None:
        refuse_existing(report, force=force)
    base_file = resolve_model(base)
    collection = open_photos_and_films(photos)
    shown = _objects(collection, masks, boxes, segment, labelled=settings.labelled)
    with going_on(_GO_ON):
        found = run(
            base_file,
            collection,
            out,
            settings=settings,
            objects=shown,
            targets=None if targets is None else open_photos(targets),
            stage=progress_events if events else progress_bar,
            tell=lambda line: say_json({"told": line}) if events else say(line, err=True),
        )
    content = {**found.summary(), "plain": plain_words(found)}
    if report is not None:
        write_folder(report, content, {"report.html": report_page(found)})
    _print(found, out, report, content if as_json or events else None)
    return 0 if found.is_written else 1


def _objects(
    collection: "Collection",
    masks: Path | None,
    boxes: Path | None,
    segment: str | None,
    *,
    labelled: bool,
) -> "ObjectSource | None":
    """Open what says where the objects are."""
    from photochrom.lab.adaptation.objects.found import BoxObjects, MaskObjects
    from photochrom.lab.adaptation.objects.segmenter import SegmentedObjects

    names = [item.name for item in collection]
    if masks is not None:
        return MaskObjects(masks, names, kinds=len(collection.labels) if labelled else 1)
    if boxes is not None:
        return BoxObjects(boxes, names)
    return SegmentedObjects(segment) if segment is not None else None


def _print(
    found: "Adaptation", out: Path, report: Path | None, content: dict[str, Any] | None
) -> None:
    """Print the verdict to standard output, how it came about to standard error."""
    from photochrom.lab.adaptation.report import scores_table
    from photochrom.metrics.equal import EQUAL_SHARE

    say(found.intake.tally(), err=True)
    for reason, names in found.intake.dropped.items():
        say(f"{reason}: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}", err=True)
    if content is not None:
        say_json(content)
    else:
        caption = (
            f"held-out photographs at {EQUAL_SHARE} of the truth's colorfulness; ↓ lower is better"
        )
        say_table(scores_table(found).terminal(caption=caption))
        say(found.verdict.words)
    if found.is_written:
        say(f"model: {out} ({found.validation.final}, refitted on all photographs)", err=True)
    else:
        is_near = found.verdict.grade == "likely"
        say(f"no model was written{'; --anyway writes it' if is_near else ''}", err=True)
    if report is not None:
        say(f"report: {report / 'report.html'}", err=True)
