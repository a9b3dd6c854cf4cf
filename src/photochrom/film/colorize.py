"""Color a film: one pass over its frames, and everything else of its file stays."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from photochrom.engine.colorizer import Colorizer, refuse_existing
from photochrom.engine.options import Options
from photochrom.engine.predictor import Predictor
from photochrom.engine.result import ALREADY_IN_COLOR, Status
from photochrom.engine.tiles import working_shape
from photochrom.errors import InputError
from photochrom.files import unfinished
from photochrom.film.clip import Clip, ClipFacts, Frame
from photochrom.film.output import CONTAINERS, FilmWriter
from photochrom.film.plan import film_path
from photochrom.film.planes import in_planes, kept_luma_chroma, plane_of, small_lightness
from photochrom.film.settings import FilmOptions
from photochrom.models.registry import DEFAULT_MODEL
from photochrom.work.progress import Stage, silent

F32 = NDArray[np.float32]

LUMA_KEPT: Final = "the luma plane was kept as decoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmResult:
    """What became of one film.

    Attributes:
        source: the film.
        target: the colored film; None when it was skipped.
        status: colorized, or skipped because the film is in color already.
        reason: why it was skipped.
        kept: which plane of the pictures was not touched.
        frames: colored.
        elapsed_s: seconds that it took.
        notes: what a person should know.
    """

    source: Path
    target: Path | None
    status: Status
    reason: str = ""
    kept: str = ""
    frames: int = 0
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
    refuse_existing(target, overwrite=options.force)
    if target.suffix.lower() not in CONTAINERS:
        known = ", ".join(CONTAINERS)
        raise InputError(f"{target}: films are written as {known}")
    with Clip(source) as clip:
        facts = clip.look()
    if facts.is_in_color and not predictor.options.recolor:
        status, reason = Status.SKIPPED, ALREADY_IN_COLOR
        return FilmResult(source=source, target=None, status=status, reason=reason)
    target.parent.mkdir(parents=True, exist_ok=True)
    with Clip(source) as clip, unfinished(target) as place:
        writer = FilmWriter(
            place, target, clip, facts, options=options, statement=_statement(predictor)
        )
        with stage(facts.frames, doing="coloring", unit="frames") as tick:
            frames = _color_frames(clip, facts, predictor, writer, options, tick)
        writer.finish()
        place.replace(target)
    return FilmResult(
        source=source,
        target=target,
        status=Status.COLORIZED,
        kept=LUMA_KEPT,
        frames=frames,
        elapsed_s=time.monotonic() - started_s,
        notes=(*clip.notes, *writer.notes),
    )


def _statement(predictor: Predictor) -> str:
    """Say how the colors were made; written into the file."""
    made = predictor.provenance
    told = ", ".join(f"{key} {value:g}" for key, value in made.options.items())
    return (
        f"colors are simulated by photochrom {made.version}, model {made.model} "
        f"(SHA-256 {made.model_sha256}), {told}; {LUMA_KEPT}"
    )


def _color_frames(
    clip: Clip,
    facts: ClipFacts,
    predictor: Predictor,
    writer: FilmWriter,
    options: FilmOptions,
    tick: Callable[[], None],
) -> int:
    """Color and write every frame; return how many there were."""
    shape = working_shape(facts.height, facts.width, predictor.size)
    chroma = np.zeros((2, *shape), np.float32)
    count = 0
    for count, frame in enumerate(_checked(clip, facts, writer), 1):
        planes = in_planes(frame, facts.layout)
        luma = plane_of(planes, 0, facts.layout)
        if (count - 1) % options.every == 0:
            lightness = small_lightness(luma, facts.layout, shape)
            chroma = predict_upright(predictor, lightness, facts.turns)
        writer.add(frame, (luma, *kept_luma_chroma(luma, chroma, writer.layout)))
        tick()
    return count


def _checked(clip: Clip, facts: ClipFacts, writer: FilmWriter) -> Iterator[Frame]:
    for frame in clip.frames(writer.copy):
        if (frame.height, frame.width) != (facts.height, facts.width):
            raise InputError(
                f"{clip.path}: its pictures change from {facts.width} x {facts.height} to "
                f"{frame.width} x {frame.height}; cut it there"
            )
        yield frame


def predict_upright(predictor: Predictor, lightness: F32, turns: int) -> F32:
    """Predict the chroma of a frame as players show it, and turn it back.

    Args:
        predictor: the model; its saturation is applied.
        lightness: (h, w) L*, as stored.
        turns: quarter turns counterclockwise that make it upright.

    Returns:
        (2, h, w) a*, b*, as stored.
    """
    upright = np.ascontiguousarray(np.rot90(lightness, turns))
    chroma = predictor.predict(upright).chroma * np.float32(predictor.saturation)
    return np.ascontiguousarray(np.rot90(chroma, -turns, axes=(1, 2)))
