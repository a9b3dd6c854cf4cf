"""Create a study: choose pictures, make them alike, fix the plan, write it all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from photochrom.errors import InputError
from photochrom.files import write_whole
from photochrom.picture.pixels import area_means, is_gray, paint
from photochrom.study.answers import RANDOM, TRUTH, Part
from photochrom.study.design.manifest import (
    StudyManifest,
    StudyPicture,
    part_sizes,
    settle,
    write_manifest,
)
from photochrom.study.design.matching import Matched, match_results
from photochrom.study.design.pairs import Sized, check_lightness, common_size, to_size
from photochrom.study.design.presets import Wishes
from photochrom.study.folder import PICTURES, new_study
from photochrom.study.png import encode_stored
from photochrom.study.server.store import create_store
from photochrom.work.parallel import in_parallel
from photochrom.work.progress import Tick

GRAY: Final = "gray"


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
    draft = settle(preset, wishes, tuple(results))
    sizes = part_sizes(draft, wishes)
    matching = match_results(photos, results)
    with new_study(out, force=force) as folder:
        order = np.random.default_rng([wishes.seed, 0]).permutation(len(matching.matched))
        candidates = [matching.matched[place] for place in order]
        usable, gray = _usable(candidates, sum(sizes.values()))
        if len(usable) < sum(sizes.values()):
            raise InputError(_too_few(len(usable), len(gray), sizes, draft.test))
        generator = np.random.default_rng([wishes.seed, 1])
        drawn = []
        for place, part in enumerate(each for each in sizes for _ in range(sizes[each])):
            step = int(generator.integers(1, max(len(usable), 2)))
            names = [generator.bytes(8).hex() for _ in range(2 + len(results))]
            drawn.append((usable[place], usable[(place + step) % len(usable)], part, names))
        pictures = in_parallel(lambda each: _write(folder, wishes.size, *each), drawn, tick)
        left_out = {GRAY: gray} if gray else {}
        manifest = replace(draft, pictures=tuple(pictures), left_out=left_out)
        write_manifest(folder, manifest)
        create_store(folder, manifest)
    remarks = [
        f"{len(names)} pictures of {model} belong to no photograph, {names[0]} for one"
        for model, names in matching.without_original.items()
    ]
    if gray:
        remarks.insert(0, f"left out, because gray: {len(gray)} photographs, {gray[0]} for one")
    return Created(manifest, tuple(remarks))


def _usable(candidates: Sequence[Matched], needed: int) -> tuple[list[Matched], tuple[str, ...]]:
    """Take photographs in color, in order, until there are enough or no more.

    Returns:
        Those, and the names of gray ones met on the way.
    """
    usable: list[Matched] = []
    gray: list[str] = []
    place = 0
    while len(usable) < needed and place < len(candidates):
        batch = candidates[place : place + needed - len(usable)]
        place += len(batch)
        for matched, sized in zip(batch, in_parallel(_small, batch), strict=True):
            if is_gray(sized.chroma):
                gray.append(matched.original.name)
            else:
                usable.append(matched)
    return usable, tuple(sorted(gray))


def _small(matched: Matched, side_px: int = 256) -> Sized:
    """Shrink a photograph, to look at its colors or to borrow them."""
    rgb = matched.original.read()
    return to_size(rgb, common_size({"": (rgb.shape[0], rgb.shape[1])}, side_px))


def _too_few(usable: int, gray: int, sizes: Mapping[Part, int], test: int) -> str:
    """Say how many pictures are missing, and what to ask instead."""
    left_out = f" ({gray} more are gray)" if gray else ""
    practice, vigilance, pool = (sizes[part] for part in (Part.PRACTICE, Part.VIGILANCE, Part.TEST))
    needed = f"{practice} practice + {pool} test + {vigilance} vigilance = {sum(sizes.values())}"
    fewer = min(practice, usable // 6)
    possible = int((usable - fewer) * test / (test + vigilance))
    while possible + max(1, round(possible * vigilance / test)) + fewer > usable:
        possible -= 1
    remedy = f"try --practice {fewer} --test {possible}" if possible > 0 else "add photographs"
    return f"{usable} photographs in color{left_out} are too few: {needed} are needed; {remedy}"


def _write(
    folder: Path, side_px: int, matched: Matched, partner: Matched, part: Part, names: list[str]
) -> StudyPicture:
    """Paint the photograph's and every result's chroma on its lightness, and write them.

    Args:
        folder: of the study.
        side_px: longest side of what is written.
        matched: the photograph and its results.
        partner: the photograph whose colors are put on it, of vigilance pictures.
        part: the set it belongs to.
        names: opaque, of the picture and of its files.
    """
    original = matched.original
    rgb = original.read()
    shown = {f"{item.name} of {model}": item.read() for model, item in matched.results.items()}
    shapes = {
        name: (each.shape[0], each.shape[1]) for name, each in {original.name: rgb, **shown}.items()
    }
    size = common_size(shapes, side_px)
    truth = to_size(rgb, size)
    chromas = {TRUTH: truth.chroma}
    if part is Part.VIGILANCE:
        chromas[RANDOM] = area_means(_small(partner, max(size)).chroma, size)
    else:
        for model, (name, picture) in zip(matched.results, shown.items(), strict=True):
            sized = to_size(picture, size)
            check_lightness(name, sized, truth)
            chromas[model] = sized.chroma
    files = {
        version: f"{PICTURES}/{stem}.png"
        for version, stem in zip(chromas, names[1:], strict=False)  # vigilance needs fewer
    }
    for version, chroma in chromas.items():
        write_whole(folder / files[version], encode_stored(paint(truth.lightness, chroma)))
    return StudyPicture(
        name=names[0],
        original=original.name,
        part=part,
        truth=files.pop(TRUTH),
        results=files,
    )
