"""Create a study: match and choose pictures, make them alike, fix the plan, write all at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from photochrom.arrays import F32, U8
from photochrom.collection import Item, open_collection
from photochrom.collection.matching import ResultsByName
from photochrom.color.lab import srgb_to_lab
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
from photochrom.study.design.presets import Wishes
from photochrom.study.folder import PICTURES, encode_stored, new_study
from photochrom.study.server.store import create_store
from photochrom.work.parallel import in_parallel
from photochrom.work.progress import Tick

_TAKEN = (RANDOM, TRUTH)


@dataclass(frozen=True, slots=True)
class Matched:
    """A photograph and one result of every model.

    Attributes:
        original: of the collection.
        results: by model.
    """

    original: Item
    results: dict[str, Item]


@dataclass(frozen=True, slots=True)
class Matching:
    """All photographs with their results.

    Attributes:
        matched: in the order of the collection.
        without_original: by model, results that belong to no photograph.
    """

    matched: Sequence[Matched]
    without_original: Mapping[str, tuple[str, ...]]


def match_results(photos: Path, results: Mapping[str, Path]) -> Matching:
    """Match every photograph with one result per model, by name; suffixes may differ.

    Args:
        photos: a collection of photographs.
        results: by model, a folder that mirrors the collection.

    Raises:
        InputError: when a photograph lacks a result, or a model's name is taken.
    """
    for name in results:
        if name in _TAKEN:
            raise InputError(f"the name {name} is taken; give the results another")
    originals = open_collection(photos)
    matched = [Matched(original, {}) for original in originals]
    without_original: dict[str, tuple[str, ...]] = {}
    for name, folder in results.items():
        items = open_collection(folder)
        by_name = ResultsByName(items)
        used: set[str] = set()
        for each in matched:
            if item := by_name.find(each.original.name):
                each.results[name] = item
                used.add(item.name)
        missing = [each.original.name for each in matched if name not in each.results]
        if len(missing) == len(originals):
            there = f"{items[0].name} there, {missing[0]} here"
            raise InputError(f"no picture in {folder} is named like a photograph: {there}")
        if missing:
            many = f"{len(missing)} of {len(originals)} photographs have no result of {name}"
            remedy = "add them, or take those photographs out of --photos"
            raise InputError(f"{many} in {folder}, {missing[0]} for one; {remedy}")
        if strays := tuple(item.name for item in items if item.name not in used):
            without_original[name] = strays
    return Matching(matched, without_original)


MEAN_LIMIT: Final = 1.5  # L*, mean over the picture: more than JPEG and rounding do
WORST_LIMIT: Final = 8.0  # L*, of 99 pixels in 100: a part repainted
_NOTICED_SHAPE: Final = 1.0  # pixels that a scaled result may be longer or shorter


@dataclass(frozen=True, slots=True)
class Sized:
    """A picture at the size of the study.

    Attributes:
        lightness: (H, W) float32 L* in [0, 100].
        chroma: (H, W, 2) float32 a*, b*.
    """

    lightness: F32
    chroma: F32


def _common_size(shapes: Mapping[str, tuple[int, int]], side_px: int) -> tuple[int, int]:
    """Choose the size (height, width) for a photograph and its results, so that none is enlarged.

    Shapes are (height, width) by file name, the photograph first, whose aspect all must have.

    >>> _common_size({"a.jpg": (300, 400), "a.png": (150, 200)}, 256)
    (150, 200)
    """
    original, (height, width) = next(iter(shapes.items()))
    longest = min(side_px, *(max(shape) for shape in shapes.values()))
    scale = longest / max(height, width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    for name, shape in shapes.items():
        shrunk = [side * longest / max(shape) for side in shape]
        if max(abs(a - b) for a, b in zip(shrunk, size, strict=True)) > _NOTICED_SHAPE:
            given = f"{name} is {shape[1]} x {shape[0]} pixels"
            message = f"{given}, its original {original} {width} x {height}"
            raise InputError(f"{message}: not the same shape, so not a pair")
    return size


def to_size(picture: U8, size: tuple[int, int]) -> Sized:
    """Shrink a picture (H, W, 3) by area means of its sRGB codes and split it."""
    codes = area_means(picture.astype(np.float32), size)
    lab = srgb_to_lab(np.clip(codes / 255, 0, 1).astype(np.float32))
    return Sized(np.ascontiguousarray(lab[..., 0]), lab[..., 1:])


def _check_lightness(name: str, result: Sized, truth: Sized) -> None:
    """Refuse a result whose lightness is not the photograph's: eyes would see that, not color."""
    off = np.abs(result.lightness - truth.lightness)
    mean, worst = float(off.mean()), float(np.percentile(off, 99))
    remedy = "a result must keep the lightness (CIE L*) of its photograph"
    if mean > MEAN_LIMIT:
        limit = f"by {mean:.1f} L* on average (at most {MEAN_LIMIT:g})"
        raise InputError(f"{name} differs in lightness from its original {limit}; {remedy}")
    if worst > WORST_LIMIT:
        limit = f"by {worst:.1f} L* or more in 1 % of its pixels (at most {WORST_LIMIT:g})"
        raise InputError(f"{name} differs in lightness from its original {limit}; {remedy}")


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
    return to_size(rgb, _common_size({"": (rgb.shape[0], rgb.shape[1])}, side_px))


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
    size = _common_size(shapes, side_px)
    truth = to_size(rgb, size)
    chromas = {TRUTH: truth.chroma}
    if part is Part.VIGILANCE:
        chromas[RANDOM] = area_means(_small(partner, max(size)).chroma, size)
    else:
        for model, (name, picture) in zip(matched.results, shown.items(), strict=True):
            sized = to_size(picture, size)
            _check_lightness(name, sized, truth)
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
