"""What the scripts of this folder share: photographs, colors at a saturation, scores, tables."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.collection import Item, open_collection
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.merge import StripMerger, merge_strips
from photochrom.engine.prediction import predict
from photochrom.engine.tiles import working_shape
from photochrom.evaluation.contestants.baselines import GRAY, colorize_gray
from photochrom.evaluation.findings.summary import NAMES, pool
from photochrom.evaluation.protocol import DEFAULT_PROTOCOL, PROTOCOLS, protocol_by_name
from photochrom.evaluation.tally import Truth, measure
from photochrom.files import write_whole
from photochrom.models.registry import DEFAULT_MODEL
from photochrom.picture import Picture, read_picture

sys.path.append(str(Path(__file__).resolve().parent.parent))  # timing.py serves all benchmarks

from timing import circumstances

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
U8 = NDArray[np.uint8]

SCORE_HEAD: Final = ("AuC", "AuC rebalanced", "PSNR", "colorfulness / truth")


@dataclass(frozen=True)
class Score:
    """What a way to color scores over a set of photographs.

    Attributes:
        auc: points over gray.
        auc_rebalanced: points over gray.
        psnr: dB over gray.
        colorfulness: share of the truth's.
    """

    auc: float
    auc_rebalanced: float
    psnr: float
    colorfulness: float

    @property
    def cells(self) -> list[str]:
        """The cells below `SCORE_HEAD`."""
        return [
            f"{self.auc:+.2f}",
            f"{self.auc_rebalanced:+.2f}",
            f"{self.psnr:+.2f} dB",
            f"{self.colorfulness:.2f}",
        ]


class Scoreboard:
    """Adds up what `photochrom evaluate` measures, for several results per photograph."""

    def __init__(self) -> None:
        self._sums: dict[Hashable, F64] = {}
        self.photographs = 0

    def add(self, truth: Truth, results: Mapping[Hashable, U8]) -> None:
        """Measure all results (H, W, 3) of one photograph, and leaving it gray."""
        for name, result in {GRAY: colorize_gray(truth.gray), **results}.items():
            self._sums[name] = self._sums.get(name, 0) + measure(result, truth)
        self.photographs += 1

    def score(self, name: Hashable) -> Score:
        """Pool the photographs added so far."""
        values, gray = (
            dict(zip(NAMES, pool(self._sums[each]).tolist(), strict=True)) for each in (name, GRAY)
        )
        return Score(
            **{key: values[key] - gray[key] for key in ("auc", "auc_rebalanced", "psnr")},
            colorfulness=values["colorfulness"] / values["colorfulness_truth"],
        )


def at_colorfulness(scores: Iterable[Score], share: float) -> Score | None:
    """Interpolate a curve of scores over saturations at a colorfulness.

    Args:
        scores: of one way to color, at several saturations.
        share: of the truth's colorfulness.

    Returns:
        The score there; None when the curve does not reach it.

    >>> at_colorfulness([Score(0, 0, 0, 0), Score(1, 8, -1, 1)], 0.5)
    Score(auc=0.5, auc_rebalanced=4.0, psnr=-0.5, colorfulness=0.5)
    """
    ordered = sorted(scores, key=lambda score: score.colorfulness)
    shares = [score.colorfulness for score in ordered]
    if not shares[0] <= share <= shares[-1]:
        return None
    columns = (field.name for field in fields(Score))
    return Score(
        **{
            name: float(np.interp(share, shares, [getattr(score, name) for score in ordered]))
            for name in columns
        }
    )


def arguments(description: str | None, *, is_one_model: bool = True) -> ArgumentParser:
    """Make a parser of what all scripts take; the caller may add to it."""
    parser = ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("collections", nargs="+", type=Path, help="folders or Parquet files")
    parser.add_argument("--limit", type=int, help="that many photographs, evenly spread")
    parser.add_argument("--out", type=Path, help="folder for JSON and plots")
    parser.add_argument("--protocol", default=DEFAULT_PROTOCOL, choices=PROTOCOLS)
    if is_one_model:
        parser.add_argument("--model", default=DEFAULT_MODEL, help="name or contract file")
    return parser


def spread(collections: Iterable[Path], limit: int | None) -> Sequence[Item]:
    """Open collections and take the pictures that `photochrom evaluate --limit` takes."""
    items = open_collection(collections)
    if limit is None or limit >= len(items):
        return items
    return [items[position * len(items) // limit] for position in range(limit)]


def photographs(given: Namespace) -> Iterator[Truth]:
    """Read the photographs that were asked for; those without color are left out, as ever."""
    protocol = protocol_by_name(given.protocol)
    items = spread(given.collections, given.limit)
    for number, item in enumerate(items, start=1):
        truth = Truth(protocol.apply(item.read()))
        if not truth.is_gray:
            yield truth
        if number % 25 == 0 or number == len(items):
            print(f"{number} of {len(items)} photographs", file=sys.stderr, flush=True)


def gray_picture(truth: Truth) -> Picture:
    """Read what a colorizer is given."""
    return read_picture(truth.gray)


def chroma_at(colorizer: Colorizer, picture: Picture, size: int) -> F32:
    """Predict (2, h, w) chroma at a working size other than the colorizer's own."""
    shape = working_shape(picture.height, picture.width, size)
    lightness = picture.downscaled(*shape)
    return predict(colorizer.session, lightness, size=size, temperature=None).chroma


def merge(picture: Picture, chroma: F32, saturation: float) -> U8:
    """Put chroma (2, h, w), multiplied, on a picture as the engine does, in one thread."""
    merger = StripMerger(
        chroma * np.float32(saturation), picture.height, picture.width, bits=picture.bits
    )
    return np.concatenate(list(merge_strips(picture.strips(), merger, threads=1)))


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table, its first column to the left.

    >>> print(markdown(["size", "AuC"], [["64", "+0.10"]]))
    | size | AuC |
    |---|--:|
    | 64 | +0.10 |
    """
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    ruled = ["| " + " | ".join(line) + " |" for line in lines]
    ruled[1] = "|" + "|".join(lines[1]) + "|"
    return "\n".join(ruled)


def report(given: Namespace, name: str, head: str, findings: Mapping[str, Any]) -> None:
    """Print a page, and write what stands behind it as NAME.json and NAME.md if asked to.

    Args:
        given: the arguments of the script.
        name: of the files.
        head: Markdown.
        findings: JSON values, without paths.
    """
    print(head)
    if given.out is None:
        return
    sources = [path.name for path in given.collections]
    about = {
        "circumstances": circumstances(),
        "collections": sources,
        "limit": given.limit,
        "protocol": given.protocol,
    }
    text = json.dumps({**about, **findings}, indent=1, default=_plain)
    write_whole(given.out / f"{name}.json", text + "\n")
    write_whole(given.out / f"{name}.md", head + "\n")


def about_model(colorizer: Colorizer) -> dict[str, Any]:
    """Say which model was measured, without where its file lies."""
    return {
        "name": colorizer.card.name,
        "sha256": colorizer.sha256,
        "working_size": colorizer.size,
        "saturation": colorizer.saturation,
    }


def _plain(value: Any) -> Any:
    """Turn what JSON does not know into what it knows."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    return asdict(value)
