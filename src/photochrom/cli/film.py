"""`photochrom film`: moving pictures, one file or a folder of them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.options import PATH, flags_of, json_flag, model_flag, take
from photochrom.cli.terminal import say, say_json
from photochrom.engine.options import Options
from photochrom.errors import PhotochromError
from photochrom.film.settings import FilmOptions

if TYPE_CHECKING:
    from photochrom.film.colorize import FilmResult

_SHARED = ("saturation", "temperature", "size", "recolor")


@click.command()
@click.argument("clips", nargs=-1, metavar="CLIP...", type=PATH, required=True)
@click.option(
    "-o",
    "--out",
    type=PATH,
    metavar="OUT",
    help="A file (.mp4, .m4v, .mov, .mkv) for one film, else a folder, made when missing. "
    "Else NAME-color.EXT beside a film and FOLDER-color/ beside a folder.",
)
@model_flag
@flags_of(Options, only=_SHARED)
@flags_of(FilmOptions)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Films worked on at once, each with about half a GB of memory.",
)
@json_flag
@click.pass_context
def film(
    ctx: click.Context,
    /,
    *,
    clips: tuple[Path, ...],
    out: Path | None,
    model: str,
    jobs: int,
    as_json: bool,
    **flags: Any,  # some of Options, and one per field of FilmOptions
) -> None:
    """Colorize films; their sound, times, texts and tags stay.

    CLIP is a film or a folder of them. What is in color already is skipped. The luma of every
    frame stays as it was decoded; its L* does not, as it does in photographs.
    """
    from photochrom.cli.progress import going_on, progress_bar
    from photochrom.engine.colorizer import Colorizer
    from photochrom.engine.result import Status
    from photochrom.film.clip import pyav
    from photochrom.film.colorize import FilmResult, colorize_clip
    from photochrom.film.plan import plan_films
    from photochrom.work.parallel import in_parallel
    from photochrom.work.progress import silent

    options, film = take(Options, flags), take(FilmOptions, flags)
    pyav()
    planned = plan_films(clips, out, options=film)
    colorizer = Colorizer(model, options=options)
    stage = progress_bar if jobs == 1 else silent

    def attempt(pair: tuple[Path, Path]) -> FilmResult | dict[str, str]:
        source, target = pair
        if len(planned) > 1 and target.exists() and not film.force:
            reason = f"{target} is there"
            return FilmResult(source=source, target=None, status=Status.SKIPPED, reason=reason)
        try:
            return colorize_clip(source, target, colorizer, options=film, stage=stage)
        except PhotochromError as error:
            return {"source": str(source), "reason": str(error)}

    results: list[FilmResult] = []
    failed: list[dict[str, str]] = []
    films = 0 if jobs == 1 else len(planned)  # one at a time shows its frames
    with going_on(), progress_bar(films, doing="coloring", unit="films") as tick:
        for done in (
            in_parallel(attempt, planned, tick, threads=jobs) if films else map(attempt, planned)
        ):
            if isinstance(done, dict):
                failed.append(done)
                say(f"photochrom: {done['reason']}", err=True)
                continue
            results.append(done)
            if not as_json:
                _tell(done)
    if as_json:
        say_json({"model": model, "films": list(map(_as_json, results)), "failed": failed})
    if failed:
        ctx.exit(1)


def _tell(done: "FilmResult") -> None:
    if done.target is None:
        say(f"{done.source}: skipped, {done.reason}")
    else:
        rate = done.frames / max(done.elapsed_s, 1e-3)
        scenes = "one scene" if done.scenes == 1 else f"{done.scenes} scenes"
        say(
            f"{done.target}: {done.frames} frames in {scenes}, {rate:.1f} a second; "
            f"the network saw {done.seen}; {done.kept}"
        )
    for note in done.notes:
        say(f"  {note}")


def _as_json(done: "FilmResult") -> dict[str, Any]:
    return {
        "source": str(done.source),
        "target": None if done.target is None else str(done.target),
        "status": "skipped" if done.target is None else "done",
        "reason": done.reason,
        "kept": done.kept,
        "frames": done.frames,
        "seen": done.seen,
        "scenes": done.scenes,
        "seconds": round(done.elapsed_s, 2),
        "notes": list(done.notes),
    }
