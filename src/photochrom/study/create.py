"""Create a study: choose pictures, make them alike, fix the plan, write it all at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.picture.pixels import area_means, paint
from photochrom.study.answers import RANDOM, TRUTH, Part
from photochrom.study.design.manifest import Rule, StudyManifest, StudyPicture, write_manifest
from photochrom.study.design.matching import Matched, match_results
from photochrom.study.design.pairs import (
    F32,
    check_lightness,
    common_size,
    to_size,
)
from photochrom.study.design.presets import Design, Wishes, settle
from photochrom.study.folder import PICTURES, new_study
from photochrom.study.png import encode_stored
from photochrom.study.server.store import create_store
from photochrom.work.parallel import in_parallel
from photochrom.work.progress import Tick

Work = TypeVar("Work")
Result = TypeVar("Result")

GRAY: Final = "gray"


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A photograph that was found good, and what is made of it.

    Attributes:
        matched: the photograph and its results.
        part: the set it belongs to.
        partner: the photograph whose colors are put on it, of vigilance pictures.
        names: opaque, of the picture and of its files.
    """

    matched: Matched
    part: Part
    partner: Matched
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Created:
    """What was made.

    Attributes:
        manifest: of the study.
        remarks: what the person should know, a line each.
    """

    manifest: StudyManifest
    remarks: tuple[str, ...]


def create_study(  # noqa: PLR0913 - the command line's twin; all but two are by keyword
    photos: Path,
    results: Mapping[str, Path],
    *,
    out: Path,
    preset: str,
    wishes: Wishes,
    force: bool = False,
    tick: Tick = lambda: None,
) -> Created:
    """Make a study of photographs and their colored results.

    Args:
        photos: a collection of color photographs.
        results: by model, a folder with a result for each of them.
        out: folder of the study; appears only when complete.
        preset: one of ``presets.PRESETS``.
        wishes: what differs from the preset.
        force: whether an unanswered study, or other files, may be there already.
        tick: called once for each picture of the study.

    Raises:
        InputError: when photographs and results do not pair, differ in shape or lightness, are too
            few, or the folder is taken.
    """
    design = settle(preset, wishes, models=len(results))
    matching = match_results(photos, results)
    with new_study(out, force=force) as folder:
        order = np.random.default_rng([wishes.seed, 0]).permutation(len(matching.matched))
        usable, gray = _usable([matching.matched[place] for place in order], design)
        chosen = _choose(usable, design)
        pictures = tuple(in_parallel(lambda each: _write(folder, each, design), chosen, tick))
        manifest = _manifest(design, tuple(results), pictures, {GRAY: gray} if gray else {})
        write_manifest(folder, manifest)
        create_store(folder, manifest)
    return Created(manifest, tuple(_remarks(gray, matching.without_original)))


def _usable(candidates: Sequence[Matched], design: Design) -> tuple[list[Matched], tuple[str, ...]]:
    """Take photographs in color, in order, until there are enough.

    Returns:
        Those, and the names of gray ones met on the way.
    """
    usable: list[Matched] = []
    gray: list[str] = []
    place = 0
    while len(usable) < design.pictures and place < len(candidates):
        batch = candidates[place : place + design.pictures - len(usable)]
        place += len(batch)
        for matched, is_gray in zip(batch, in_parallel(_is_gray, batch), strict=True):
            if is_gray:
                gray.append(matched.original.name)
            else:
                usable.append(matched)
    if len(usable) < design.pictures:
        raise InputError(_too_few(len(usable), len(gray), design))
    return usable, tuple(sorted(gray))


def _is_gray(matched: Matched) -> bool:
    """Tell whether a photograph has no color to be judged."""
    picture = matched.original.read()
    return to_size(picture, common_size({"": (picture.shape[0], picture.shape[1])}, 256)).is_gray


def _too_few(usable: int, gray: int, design: Design) -> str:
    """Say how many pictures are missing, and what to ask instead."""
    left_out = f" ({gray} more are gray)" if gray else ""
    needed = (
        f"{design.practice} practice + {design.pool} test + {design.vigilance} vigilance "
        f"= {design.pictures}"
    )
    practice = min(design.practice, usable // 6)
    test = int((usable - practice) * design.test / (design.test + design.vigilance))
    while test + max(1, round(test * design.vigilance / design.test)) + practice > usable:
        test -= 1
    remedy = f"try --practice {practice} --test {test}" if test > 0 else "add photographs"
    return f"{usable} photographs in color{left_out} are too few: {needed} are needed; {remedy}"


def _choose(usable: Sequence[Matched], design: Design) -> list[_Chosen]:
    """Divide photographs into sets, and give vigilance pictures somebody else's colors."""
    generator = np.random.default_rng([design.wishes.seed, 1])
    parts = [Part.PRACTICE] * design.practice + [Part.VIGILANCE] * design.vigilance
    parts += [Part.TEST] * design.pool
    chosen = []
    for place, (matched, part) in enumerate(zip(usable, parts, strict=True)):
        step = int(generator.integers(1, max(len(usable), 2)))
        names = tuple(generator.bytes(8).hex() for _ in range(2 + len(matched.results)))
        chosen.append(_Chosen(matched, part, usable[(place + step) % len(usable)], names))
    return chosen


def _write(folder: Path, chosen: _Chosen, design: Design) -> StudyPicture:
    """Make all versions of one photograph alike and write them."""
    name, *opaque = chosen.names
    painted = _versions(chosen, design.wishes.size)
    files = {
        version: f"{PICTURES}/{stem}.png"
        for version, stem in zip(painted, opaque, strict=False)  # vigilance pictures need fewer
    }
    for version, pixels in painted.items():
        write_whole(folder / files[version], encode_stored(pixels))
    truth = files.pop(TRUTH)
    original = chosen.matched.original.name
    return StudyPicture(name=name, original=original, part=chosen.part, truth=truth, results=files)


def _versions(chosen: _Chosen, side_px: int) -> dict[str, np.typing.NDArray[np.uint8]]:
    """Paint the photograph's and every result's chroma on the photograph's lightness."""
    original = chosen.matched.original
    rgb = original.read()
    results = {model: item.read() for model, item in chosen.matched.results.items()}
    names = {model: f"{chosen.matched.results[model].name} of {model}" for model in results}
    named = {original.name: rgb, **{names[model]: each for model, each in results.items()}}
    shapes = {name: (each.shape[0], each.shape[1]) for name, each in named.items()}
    size = common_size(shapes, side_px)
    truth = to_size(rgb, size)
    chromas: dict[str, F32] = {TRUTH: truth.chroma}
    if chosen.part is Part.VIGILANCE:
        chromas[RANDOM] = _borrowed(chosen.partner, size)
    else:
        for model, picture in results.items():
            sized = to_size(picture, size)
            check_lightness(names[model], sized, truth)
            chromas[model] = sized.chroma
    return {name: paint(truth.lightness, chroma) for name, chroma in chromas.items()}


def _borrowed(partner: Matched, size: tuple[int, int]) -> F32:
    """Give another photograph's chroma, stretched to a size."""
    rgb = partner.original.read()
    own = common_size({"": (rgb.shape[0], rgb.shape[1])}, max(size))
    return area_means(to_size(rgb, own).chroma, size)


def _manifest(
    design: Design,
    models: tuple[str, ...],
    pictures: tuple[StudyPicture, ...],
    left_out: Mapping[str, tuple[str, ...]],
) -> StudyManifest:
    """Write down what was fixed."""
    wishes = design.wishes
    return StudyManifest(
        title=wishes.title,
        contact=wishes.contact,
        preset=design.preset,
        seed=wishes.seed,
        models=models,
        mixed=wishes.mixed,
        in_turn=wishes.in_turn,
        exposure_ms=design.exposure_ms,
        practice=design.practice,
        test=design.test,
        vigilance=design.vigilance,
        size_px=wishes.size,
        rule=Rule(),
        left_out=left_out,
        pictures=pictures,
    )


def _remarks(
    gray: tuple[str, ...], without_original: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    """Say what was left out."""
    if gray:
        yield f"left out, because gray: {len(gray)} photographs, {gray[0]} for one"
    for model, names in without_original.items():
        yield f"{len(names)} pictures of {model} belong to no photograph, {names[0]} for one"
