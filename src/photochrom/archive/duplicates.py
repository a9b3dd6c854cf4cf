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

    Only files whose size occurs twice in the listing are hashed. What was colored is noted beside
    the results, where drivers of other shards find it.

    Args:
        listing: of the whole archive.
        out: the folder of results.
        color: colors one picture.
    """

    def __init__(
        self, listing: Listing, out: Path, color: Callable[[ChunkItem], ChunkRecord]
    ) -> None:
        sizes, counts = np.unique(
            np.fromiter((row.size for row in listing.rows()), np.int64), return_counts=True
        )
        self._sizes = set(sizes[counts > 1].tolist())
        self._out = out
        self._color = color
        self._busy: dict[str, Lock] = {}

    def color(self, item: ChunkItem) -> ChunkRecord:
        """Color a picture, or link what was made of the same bytes."""
        source = Path(item.source)
        try:
            is_alone = source.stat().st_size not in self._sizes
            digest = "" if is_alone else file_sha256(source)
        except OSError:  # coloring it will say so
            digest = ""
        if not digest:
            return self._color(item)
        with self._busy.setdefault(digest, Lock()):
            note = self._out / LEDGER_NAME / "sums" / digest[:2] / f"{digest}.json"
            linked = self._linked(item, digest, object_in(note))
            record = linked or self._color(item)
            if linked is None and record.result.status is Status.COLORIZED:
                told = {
                    "output": os.path.relpath(record.item.target, self._out),
                    "sha256": record.output_sha256,
                    "size": record.output_size,
                    "pixels": record.result.pixels,
                }
                with contextlib.suppress(OSError):  # then the next one is colored, too
                    replace_whole(note, json_line(told).encode())
        return record

    def _linked(self, item: ChunkItem, digest: str, known: dict[str, Any]) -> ChunkRecord | None:
        """Give a result a second name; None when it is not what it was, or none is there."""
        item = with_named_kind(item)
        if not known or not _link(self._out / known["output"], Path(item.target), known["sha256"]):
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
