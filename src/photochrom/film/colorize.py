"""Color a film: one pass over its frames, and everything else of its file stays."""

import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.options import Options
from photochrom.engine.predictor import Predictor
from photochrom.engine.result import ALREADY_IN_COLOR, Status, refuse_existing
from photochrom.engine.tiles import working_shape
from photochrom.errors import InputError
from photochrom.files import sweep_leftovers, unfinished
from photochrom.film.clip import Clip, ClipFacts, Frame, has_color
from photochrom.film.output import CONTAINERS, FilmWriter
from photochrom.film.parts import FrameCounts, calm_frames, frames_around
from photochrom.film.plan import film_path
from photochrom.film.planes import (
    Samples,
    deepened,
    in_planes,
    kept_lightness_planes,
    kept_luma_chroma,
    plane_of,
    small_lightness,
    spread,
    tint_of,
)
from photochrom.film.scenes import SmallFrame
from photochrom.film.settings import FilmOptions
from photochrom.film.stored import PartStore
from photochrom.models.registry import DEFAULT_MODEL
from photochrom.work.journal import fingerprint
from photochrom.work.parallel import read_ahead
from photochrom.work.progress import Stage, silent

F32 = NDArray[np.float32]

_DIM: Final = 50.0  # L*; frames of a color film without brighter places, and
_FLAT: Final = 6.0  # L*; those that vary less, as fading to white, do not show they have none
_NEUTRAL: Final = 3.0  # codes; infrared is stored with less tint
_TINTED: Final = 8.0  # codes; what has a tint has more
_AHEAD_BYTES: Final = 32 << 20  # of small chroma that waits to be written
_KEPT: Final = {
    "luma": "the luma plane was kept as decoded",
    "lightness": "L* was kept, to within the rounding of the planes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmResult:
    """What became of one film.

    Attributes:
        source: the film.
        target: the colored film; None when it was skipped.
        status: colorized, or skipped because the film is in color already.
        reason: why it was skipped.
        kept: which plane of the pictures was not touched.
        frames: how many.
        seen: of them, frames that the network saw.
        scenes: between cuts.
        elapsed_s: seconds that it took.
        notes: what a person should know.
    """

    source: Path
    target: Path | None
    status: Status
    reason: str = ""
    kept: str = ""
    frames: int = 0
    seen: int = 0
    scenes: int = 0
    elapsed_s: float = 0.0
    notes: tuple[str, ...] = ()


def colorize_film(
    source: str | Path,
    target: str | Path | None = None,
    *,
    model: str | Path = DEFAULT_MODEL,
    options: Options | None = None,
    film: FilmOptions | None = None,
) -> FilmResult:
    """Color one film.

    Args:
        source: the film.
        target: the result; by default NAME-color.EXT beside it.
        model: name of a model, or a contract file.
        options: saturation, temperature, size, recolor.
        film: how films are colored and written.

    Returns:
        What became of it.

    Raises:
        InputError: when it is no film, cannot be colored, or the result exists or cannot be
            written.
        ModelError: when the model is missing or damaged.
        InferenceError: when the network cannot be run.
    """
    chosen = film or FilmOptions()
    clip = Path(source)
    place = film_path(clip, chosen) if target is None else Path(target)
    return colorize_clip(clip, place, Colorizer(model, options=options), options=chosen)


def colorize_clip(
    source: Path,
    target: Path,
    predictor: Predictor,
    *,
    options: FilmOptions,
    stage: Stage = silent,
) -> FilmResult:
    """Color one film with a model that is loaded.

    Args:
        source: the film.
        target: the result, under its name only when complete.
        predictor: the model.
        options: how films are colored and written.
        stage: shows how far it is.

    Returns:
        What became of it.

    Raises:
        InputError: when it is no film, cannot be colored, or the result exists or cannot be
            written.
        InferenceError: when the network cannot be run.
    """
    started_s = time.monotonic()
    _check_place(source, target, options)
    with Clip(source, deinterlace=options.deinterlace) as clip:
        facts = clip.look()
    if facts.is_in_color and not predictor.options.recolor:
        status, reason = Status.SKIPPED, ALREADY_IN_COLOR
        return FilmResult(source=source, target=None, status=status, reason=reason)
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep_leftovers(target.parent)
    statement = _statement(predictor, options)
    store = _store(source, target, options, statement)
    tally = FrameCounts()
    shape = working_shape(facts.height, facts.width, predictor.size)
    most = max(8, _AHEAD_BYTES // (8 * shape[0] * shape[1]))
    excerpt = None if options.preview is None else (facts.varied_s, options.preview)
    total = facts.frames
    if options.preview is not None and facts.rate is not None:
        total = min(total, round(options.preview * facts.rate))
    is_done = False
    try:
        with (
            Clip(source, deinterlace=options.deinterlace, excerpt=excerpt) as first,
            Clip(source, deinterlace=options.deinterlace, excerpt=excerpt) as clip,
            unfinished(target) as place,
        ):
            writer = FilmWriter(
                place, target, clip, facts, options=options, statement=statement, store=store
            )
            writer.restore()
            around = frames_around(options, float(facts.rate or 25))
            lead = min(around, store.frames)
            calm_film = calm_frames(
                small_frames(first, facts, shape, skipped=store.frames - lead),
                predictor,
                options,
                turns=facts.turns,
                around=around,
                tally=tally,
                lead=lead,
                is_kept=store.is_kept,
            )
            with (
                read_ahead(calm_film, most) as ready,
                stage(total, doing="coloring", unit="frames") as tick,
            ):
                frames = clip.frames(writer.copy)
                for _ in islice(frames, store.frames):
                    tick()
                for frame, calm in in_step(source, frames, ready):
                    planes = in_planes(frame, facts.layout)
                    colored = _colored(planes, calm.chroma, facts, writer, options)
                    writer.add(frame, colored, begins_part=calm.begins_part)
                    store.is_kept = calm.is_kept
                    tick()
            writer.finish()
            place.replace(target)
            is_done = True
    finally:
        store.close(is_done=is_done)
    return FilmResult(
        source=source,
        target=target,
        status=Status.COLORIZED,
        kept=_kept(options),
        frames=store.frames + tally.frames,
        seen=tally.seen,
        scenes=tally.scenes,
        elapsed_s=time.monotonic() - started_s,
        notes=(*clip.notes, *writer.notes, *_notes_on(tally, store)),
    )


def _check_place(source: Path, target: Path, options: FilmOptions) -> None:
    """Refuse before the work what could not be written after it.

    Raises:
        InputError: when the result has no place.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise InputError(f"{target} is the film itself, which is never written to")
    refuse_existing(target, overwrite=options.force)
    if target.suffix.lower() not in CONTAINERS:
        raise InputError(f"{target}: films are written as {', '.join(CONTAINERS)}")
    if not source.exists():
        raise InputError(f"{source}: No such file or directory")
    free = shutil.disk_usage(_existing(target.parent)).free
    if free < source.stat().st_size:
        raise InputError(
            f"{target}: the disk has only {free / 1e9:.1f} GB left, less than the film takes"
        )


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.absolute().parent)


def _store(source: Path, target: Path, options: FilmOptions, statement: str) -> PartStore:
    """Open what an earlier run has kept of the same film, colored the same way."""
    file = source.stat()
    place = target.with_name(f".{target.name}.parts")
    if options.force:
        place.unlink(missing_ok=True)
    known_by = fingerprint(
        file.st_size, file.st_mtime_ns, target.suffix, statement, asdict(options)
    )
    return PartStore(place, known_by)


def _notes_on(tally: FrameCounts, store: PartStore) -> tuple[str, ...]:
    kept = f"{tally.kept} frames were in color and left as they are" if tally.kept else ""
    earlier = f"{store.frames} frames had been finished by an earlier run" if store.frames else ""
    return tuple(filter(None, (kept, earlier)))


def small_frames(
    clip: Clip, facts: ClipFacts, shape: tuple[int, int], *, skipped: int = 0
) -> Iterator[SmallFrame]:
    """Shrink frames to what the network sees.

    Args:
        clip: is read to its end.
        facts: of the clip.
        shape: (h, w) wanted.
        skipped: frames at the beginning that are not needed.

    Raises:
        InputError: when the size of the pictures changes.
    """
    for frame in islice(clip.frames(), skipped, None):
        if (frame.height, frame.width) != (facts.height, facts.width):
            raise InputError(
                f"{clip.path}: its pictures change from {facts.width} x {facts.height} to "
                f"{frame.width} x {frame.height}; cut it there"
            )
        planes = in_planes(frame, facts.layout)
        lightness = small_lightness(plane_of(planes, 0, facts.layout), facts.layout, shape)
        yield SmallFrame(
            seconds=float(frame.pts * facts.time_base),
            lightness=lightness,
            has_color=partial(has_color, frame, among_colors=any(facts.color)),
            is_neutral=_is_neutral(planes, lightness, facts),
        )


def _is_neutral(planes: Frame, lightness: F32, facts: ClipFacts) -> bool | None:
    """Tell whether a frame of a film in color has none, where that can be seen."""
    if facts.layout.is_gray or not any(facts.color):
        return None
    tint = tint_of(planes, facts.layout)
    is_plain = lightness.max() < _DIM or lightness.std() < _FLAT
    return False if tint >= _TINTED else True if tint <= _NEUTRAL and not is_plain else None


def in_step(path: Path, *passes: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Go through several passes over one film at once.

    Args:
        path: of the film.
        passes: what was made of its frames, and none of it is None.

    Raises:
        InputError: when one ends before another, as decoders of damaged films may.
    """
    for each in zip_longest(*passes):
        if any(one is None for one in each):
            raise InputError(
                f"{path} is damaged: read twice, it has not as many frames; make a whole film of "
                f"it first: ffmpeg -i {path.name} -c:v ffv1 -c:a copy {path.stem}-whole.mkv"
            )
        yield each


def _colored(
    frame: Frame,
    chroma: F32 | None,
    facts: ClipFacts,
    writer: FilmWriter,
    options: FilmOptions,
) -> tuple[Samples, Samples, Samples]:
    """Give the planes of a colored frame; of one in color already its own."""
    stored, wanted = facts.layout, writer.layout
    luma = deepened(plane_of(frame, 0, stored), stored, wanted)
    if chroma is None:
        cb, cr = (spread(plane_of(frame, n, stored), stored, wanted, luma.shape) for n in (1, 2))
        return luma, cb, cr
    if options.keep == "lightness":
        return kept_lightness_planes(luma, chroma, wanted)
    return (luma, *kept_luma_chroma(luma, chroma, wanted))


def _kept(options: FilmOptions) -> str:
    return _KEPT[options.keep] + (", after deinterlacing" if options.deinterlace else "")


def _statement(predictor: Predictor, options: FilmOptions) -> str:
    """Say how the colors were made; written into the file."""
    made = predictor.provenance
    known = {key: value for key, value in made.options.items() if value is not None}
    told = ", ".join(
        f"{key} {value:g}" if isinstance(value, float | int) else f"{key} {value}"
        for key, value in known.items()
    )
    return (
        f"colors are simulated by photochrom {made.version}, model {made.model} "
        f"(SHA-256 {made.model_sha256}), {told}, calm {options.calm:g} s; "
        f"{_kept(options)}"
    )
