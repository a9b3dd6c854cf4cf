"""Mine the photographs that a colorizer gets most plainly wrong, in the eyes of an auditor."""

from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np

from photochrom.arrays import F64
from photochrom.audit.auditor import Auditor
from photochrom.collection import Collection, Item
from photochrom.collection.intake import decode, look_at
from photochrom.collection.splits import SplitEntry, assign_parts, write_splits
from photochrom.engine.colorizer import Colorizer
from photochrom.errors import InputError
from photochrom.evaluation.protocol import PROTOCOLS
from photochrom.picture.pixels import to_gray
from photochrom.work.journal import Journal
from photochrom.work.parallel import in_parallel
from photochrom.work.progress import Tick

TEST_SHARE: Final = 0.2  # as the paper's script: 1600 to train, 400 to test
LEAST_MINED: Final = 10
_PROTOCOL: Final = PROTOCOLS["whole-256"]
_GRAY, _UNREADABLE = -1.0, -2.0  # in place of a probability


@dataclass(frozen=True, slots=True)
class Mined:
    """What mining found.

    Attributes:
        entries: a split: the hardest photographs as "train" and "test".
        judged: how many photographs were colored and judged.
        dropped: how many were gray or unreadable, or shown twice.
        hardest: probability of the most artificial one.
        threshold: probability of the last one taken.
    """

    entries: tuple[SplitEntry, ...]
    judged: int
    dropped: int
    hardest: float
    threshold: float


def mine(  # noqa: PLR0913  (each is something that only the caller knows)
    collection: Collection,
    colorizer: Colorizer,
    auditor: Auditor,
    target: Path,
    *,
    count: int = 2000,
    seed: int = 0,
    tick: Tick = lambda: None,
) -> Mined:
    """Find the photographs whose colorized twins the auditor is most certain about.

    Args:
        collection: color photographs.
        colorizer: to be mended.
        auditor: that was trained against it.
        target: the split file; beside it lies what a killed run has judged already.
        count: how many to take.
        seed: of the split into training and test.
        tick: called after each photograph.

    Returns:
        What was found; the same for the same photographs, model, auditor and seed.

    Raises:
        InputError: when fewer photographs than asked for can be judged.
    """
    if count < LEAST_MINED:
        raise InputError(f"count must be at least {LEAST_MINED}, not {count}")
    journal = Journal(
        target.with_name(f".{target.name}.sqlite"), f"{colorizer.sha256} {auditor.sha256}"
    )
    judge = partial(_judged, journal=journal, colorizer=colorizer, auditor=auditor)
    judged = list(in_parallel(judge, collection, tick))
    # the hardest, ties by checksum
    first: dict[str, tuple[float, Item]] = {}
    for item, (checksum, probability) in zip(collection, judged, strict=True):
        if probability >= 0:
            first.setdefault(checksum, (probability, item))
    if len(first) < count:
        raise InputError(
            f"{count} photographs shall be mined, but of {len(judged)} only {len(first)} can be "
            "judged: lower --count or add color photographs"
        )
    order = sorted(first, key=lambda checksum: (first[checksum][0], checksum))[:count]
    parts = assign_parts(order, validation=0, test=round(TEST_SHARE * count), seed=seed)
    entries = tuple(
        SplitEntry(part=part, name=item.name, label=item.label, sha256=checksum)
        for checksum, part in zip(order, parts, strict=True)
        for item in (first[checksum][1],)
    )
    found = Mined(
        entries=entries,
        judged=len(first),
        dropped=len(judged) - len(first),
        hardest=first[order[0]][0],
        threshold=first[order[-1]][0],
    )
    write_splits(target, found.entries)
    journal.finish()
    return found


def _judged(
    item: Item, *, journal: Journal, colorizer: Colorizer, auditor: Auditor
) -> tuple[str, float]:
    """Give checksum and probability of one photograph's colorized twin."""

    def measure() -> dict[str, F64]:
        picture, checksum = decode(item)
        if look_at(picture, checksum).is_gray:
            return {"probability": np.array(_GRAY)}
        colored = colorizer.colorize_array(to_gray(_PROTOCOL.apply(picture)))
        return {"probability": np.array(auditor.judge([colored])[0].probability)}

    try:
        checksum = sha256(item.load()).hexdigest()
        arrays = journal.measured(checksum, measure)
    except (InputError, OSError):
        return "", _UNREADABLE
    return checksum, float(arrays["probability"])
