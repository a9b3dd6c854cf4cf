"""Pairs on disk: a photograph, and the same turned gray and colored, through one path.

Both sides are shrunk together, get the same lightness, and go through the same encoder, so that a
network has nothing but the colors to tell them by.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from photochrom.arrays import U8
from photochrom.collection import Collection, Item
from photochrom.collection.intake import WORKERS, Look, decode, look_at, sort_out
from photochrom.engine.colorizer import Colorizer
from photochrom.errors import InputError, RunError
from photochrom.evaluation.protocol import PROTOCOLS
from photochrom.files import write_whole
from photochrom.lab.auditor.settings import LEAST_PAIRS, AuditorSettings, Encoder
from photochrom.picture import read_color
from photochrom.picture.pixels import put_chroma, resize, to_gray, to_lab
from photochrom.texts import json_page, parse_json
from photochrom.work.progress import Tick

FIT: Final = "stretch"  # how pictures get to size x size
_PROTOCOL: Final = PROTOCOLS["whole-256"]  # at which models color
_BLOCK: Final = 128
_MARK: Final = "pairs.json"
_ROUNDING: Final = 1  # code, by which the same color may come out otherwise


@dataclass(frozen=True, slots=True)
class Pair:
    """A photograph and its colorized twin, encoded.

    Attributes:
        name: of the photograph in its collection.
        label: its kind, or "".
        sha256: of its encoded bytes.
        truth: file of the photograph.
        output: file of the colorized one.
    """

    name: str
    label: str
    sha256: str
    truth: Path
    output: Path

    def pixels(self) -> tuple[U8, U8]:
        """Decode both: (size, size, 3) uint8 sRGB each, the photograph first.

        Raises:
            InputError: when a file is damaged.
        """
        return _decoded(self.truth), _decoded(self.output)

    @property
    def is_alike(self) -> bool:
        """Whether both differ by no more than rounding."""
        truth, output = self.pixels()
        return bool(np.abs(truth.astype(int) - output).max() <= _ROUNDING)


@dataclass(frozen=True, slots=True)
class PairSet:
    """All pairs of a collection.

    Attributes:
        pairs: those that can be used.
        dropped: names of the photographs left out, by reason.
    """

    pairs: tuple[Pair, ...]
    dropped: Mapping[str, Sequence[str]]

    def tally(self) -> str:
        """Count in one line.

        >>> PairSet((), {"gray": ["a", "b"]}).tally()
        '0 pairs, 2 gray'
        """
        counts = [f"{len(names)} {reason}" for reason, names in self.dropped.items() if names]
        return ", ".join([f"{len(self.pairs)} pairs", *counts])


def same_path(truth: U8, colored: U8, size: int) -> tuple[U8, U8]:
    """Bring a photograph and its colorized twin to one size and one lightness.

    Args:
        truth: (H, W, 3) uint8 sRGB.
        colored: the same shape.
        size: side of the results in pixels.

    Returns:
        Both, (size, size, 3) uint8 sRGB. Shrinking mixes codes of neighbors, which moves lightness
        where colors differ; so both get that of the shrunk photograph, rounded in the same way.
    """
    sides = [resize(picture, size, size) for picture in (truth, colored)]
    gray = to_gray(sides[0])
    first, second = (put_chroma(gray, to_lab(side)[..., 1:]) for side in sides)
    return first, second


def make_pairs(
    collection: Collection,
    colorizer: Colorizer,
    folder: Path,
    settings: AuditorSettings,
    *,
    tick: Tick = lambda: None,
) -> PairSet:
    """Color photographs and keep both sides in a folder; what is there already is kept.

    Args:
        collection: color photographs.
        colorizer: to be audited.
        folder: of the pairs, made when missing.
        settings: size, encoders, and how many pairs at most.
        tick: called after each photograph that was looked at.

    Returns:
        The pairs, in the order of the collection.

    Raises:
        InputError: when fewer than 50 pairs are left, or all pairs are identical.
        RunError: when the folder holds pairs of another model or other settings.
    """
    _check_mark(folder, colorizer, settings)
    make = partial(_make, colorizer=colorizer, folder=folder, settings=settings)
    found: list[tuple[Item, Look | str]] = []
    seen: dict[str, None] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        for start in range(0, len(collection), _BLOCK):
            block = collection[start : start + _BLOCK]
            for item, look in zip(block, pool.map(make, block), strict=True):
                found.append((item, look))
                if isinstance(look, Look) and not look.is_gray:
                    seen[look.sha256] = None
                tick()
            if len(seen) >= settings.pairs:
                break
    pair_set = _sorted_out(found, folder, settings)
    if len(pair_set.pairs) < LEAST_PAIRS:
        raise InputError(
            f"an auditor needs {LEAST_PAIRS} pairs, and {len(found)} photographs gave "
            f"{pair_set.tally()}; add color photographs"
        )
    if all(pair.is_alike for pair in pair_set.pairs):
        raise InputError(
            f"all {len(pair_set.pairs)} pairs are identical: the model returns the photographs "
            "themselves, so there is nothing to tell apart"
        )
    return pair_set


def changed_since(path: Path, wanted: Mapping[str, Any], *, remedy: str) -> dict[str, Any]:
    """Write settings down, or compare them with those of the work that goes on.

    Args:
        path: of the JSON that holds them.
        wanted: the settings.
        remedy: what to do when the file is damaged.

    Returns:
        What the changed ones were before, by name; empty when all is the same, or new.

    Raises:
        RunError: when the file cannot be read.
    """
    if not path.exists():
        write_whole(path, json_page(wanted))
        return {}
    try:
        there = parse_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} cannot be read{remedy}") from error
    if not isinstance(there, dict):
        raise RunError(f"{path} is damaged{remedy}")
    return {name: there.get(name) for name in wanted if there.get(name) != wanted[name]}


def _check_mark(folder: Path, colorizer: Colorizer, settings: AuditorSettings) -> None:
    """Write down what the pairs are made of, or compare."""
    options = colorizer.provenance.options
    wanted: dict[str, Any] = {
        "model_sha256": colorizer.sha256,
        "options": options,
        "size": settings.size,
        "encoders": [str(encoder) for encoder in settings.encoders],
    }
    remedy = f": remove {folder} to begin anew"
    before = changed_since(folder / _MARK, wanted, remedy=remedy)
    for name, value in before.items():
        raise RunError(
            f"{folder} holds pairs made with another {name} "
            f"({value}, not {wanted[name]}); choose another --out"
        )


def _make(
    item: Item, *, colorizer: Colorizer, folder: Path, settings: AuditorSettings
) -> Look | str:
    """Make one pair unless it is there; say why not, if so."""
    try:
        picture, checksum = decode(item)
        look = look_at(picture, checksum)
        files = _files(folder, checksum, settings.encoders)
        if not look.is_gray and not all(file.exists() for file in files):
            truth = _PROTOCOL.apply(picture)
            colored = colorizer.colorize_array(to_gray(truth))
            sides = same_path(truth, colored, settings.size)
            for file, side, encoder in zip(files, sides, settings.encoders, strict=True):
                write_whole(file, encoder.encode(side))
    except (InputError, OSError) as error:
        return str(error)
    return look


def _files(folder: Path, checksum: str, encoders: tuple[Encoder, Encoder]) -> tuple[Path, Path]:
    """Name the two files of a pair, by the checksum of the photograph."""
    inner, stem = folder / checksum[:2], checksum[2:34]
    first, second = encoders
    return inner / f"{stem}-truth{first.suffix}", inner / f"{stem}-output{second.suffix}"


def _sorted_out(
    found: Sequence[tuple[Item, Look | str]], folder: Path, settings: AuditorSettings
) -> PairSet:
    """Leave out what is gray, unreadable or shown twice, and what is beyond the wanted number."""
    dropped: dict[str, list[str]] = {"gray": [], "unreadable": [], "duplicate": []}
    pairs: list[Pair] = []
    reasons = sort_out([look for _, look in found])
    for (item, look), reason in zip(found, reasons, strict=True):
        if reason:
            dropped[reason].append(item.name)
        elif isinstance(look, Look) and len(pairs) < settings.pairs:
            files = _files(folder, look.sha256, settings.encoders)
            pairs.append(Pair(item.name, item.label, look.sha256, *files))
    return PairSet(tuple(pairs), dropped)


def _decoded(path: Path) -> U8:
    try:
        return read_color(path.read_bytes(), name=str(path))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
