"""Scans that are the same, byte for byte: colored once, and linked for the others."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from photochrom.archive.ledger import LEDGER_NAME, object_in
from photochrom.archive.listing import Listing
from photochrom.engine.batch.chunk import ChunkItem, ChunkRecord, with_named_kind
from photochrom.engine.result import FileResult, Status
from photochrom.errors import InputError
from photochrom.files import file_sha256, make_folder, replace_whole
from photochrom.picture.write import copy_written
from photochrom.texts import json_line

SAME_SCAN: Final = "the same scan as that of"


class Duplicates:
    """Colors pictures, but for those whose bytes have been colored; safe from many threads.

    What was colored is noted beside the results, where workers of other shards and machines find
    it. Two machines that begin the same bytes at the same moment both color them.
    """

    def __init__(self, color: Callable[[ChunkItem], ChunkRecord]) -> None:
        self._color = color
        self._busy: dict[str, Lock] = {}

    def color(self, item: ChunkItem) -> ChunkRecord:
        """Color a picture, or link what was made of the same bytes."""
        try:
            digest = file_sha256(Path(item.source)) if item.sums else ""
        except OSError:  # coloring it will say so
            digest = ""
        if not digest:
            return self._color(item)
        with self._busy.setdefault(digest, Lock()):
            note = Path(item.sums, digest[:2], f"{digest}.json")
            linked = _linked(item, digest, object_in(note))
            record = linked or self._color(item)
            if linked is None and record.result.status is Status.COLORIZED:
                told = {
                    "output": os.path.relpath(record.item.target, _out_of(item)),
                    "sha256": record.output_sha256,
                    "size": record.output_size,
                    "pixels": record.result.pixels,
                }
                with contextlib.suppress(OSError):  # then the next one is colored, too
                    replace_whole(note, json_line(told).encode())
        return record


def sums_of(out: Path) -> Path:
    """Give the folder in which it is noted which result belongs to which bytes."""
    return out / LEDGER_NAME / "sums"


def sizes_that_recur(listing: Listing) -> set[int]:
    """Find the sizes that more than one file has: others are the same as none."""
    sizes, counts = np.unique(
        np.fromiter((row.size for row in listing.rows()), np.int64), return_counts=True
    )
    return set(sizes[counts > 1].tolist())


def _out_of(item: ChunkItem) -> Path:
    return Path(item.sums).parents[1]


def _linked(item: ChunkItem, digest: str, known: dict[str, Any]) -> ChunkRecord | None:
    """Give a result a second name; None when it is not what it was, or none is there."""
    item = with_named_kind(item)
    if not known or not _link(_out_of(item) / known["output"], Path(item.target), known["sha256"]):
        return None
    return ChunkRecord(
        item=item,
        result=FileResult(
            status=Status.COLORIZED,
            notes=(f"{SAME_SCAN} {known['output']}",),
            pixels=known["pixels"],
        ),
        input_sha256=digest,
        output_sha256=known["sha256"],
        output_size=known["size"],
    )


def _link(written: Path, target: Path, sha256: str) -> bool:
    if written == target:
        return False
    try:
        if file_sha256(written) != sha256:
            return False
        make_folder(target.parent)
        os.link(written, target)
    except FileExistsError:
        return file_sha256(target) == sha256
    except OSError:  # a file system without hard links
        try:
            return copy_written(written, target, sha256=sha256)
        except InputError:  # coloring it will say so
            return False
    return True
