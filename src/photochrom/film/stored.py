"""Parts that are coded already, kept beside the result until it is complete."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from photochrom.film.clip import Packet, pyav
from photochrom.work.journal import Journal

_KEPT: Final = (None, False, True)
_AT_ONCE: Final = 50  # packets that are written together


class PartStore:
    """The packets of finished parts; a run that was killed goes on after the last of them.

    Args:
        path: of the file; it is there while the run lasts, and after it when a part was kept.
        known_by: the fingerprint of all that the packets hang on.

    Attributes:
        frames: of the parts that an earlier run has finished.
        is_kept: whether the scene of the frame that was added last is left in color; None when
            that is open.

    Raises:
        InputError: when the file cannot be used.
    """

    def __init__(self, path: Path, known_by: str) -> None:
        self._path = path
        self._journal = Journal(path, known_by)
        self._is_full = False
        self._first = self._batches = 0
        self._waiting: list[tuple[tuple[int, ...], bytes]] = []
        self.frames = 0
        self.is_kept: bool | None = None
        while (part := self._journal.find(str(self.frames))) is not None:
            self.frames += int(part["frames"])
            self.is_kept = _KEPT[int(part["kept"])]
        self.is_empty = self.frames == 0

    def packets(self, time_base: Any) -> Iterator[Packet]:
        """Give all that was kept, in its order."""
        av = pyav()
        first = 0
        while first < self.frames:
            part = self._journal.find(str(first)) or {}
            for batch in range(int(part["batches"])):
                kept = self._journal.find(f"{first}/{batch}") or {}
                data, start = kept["data"].tobytes(), 0
                for size, pts, dts, duration, is_key in kept["told"].tolist():
                    packet = av.Packet(data[start : start + size])
                    packet.pts, packet.dts, packet.duration = pts, dts, duration
                    packet.is_keyframe, packet.time_base = bool(is_key), time_base
                    start += size
                    yield packet
            first += int(part["frames"])

    def begin(self, number: int) -> None:
        """Begin the part whose first frame has this number."""
        self._first, self._batches, self._waiting = number, 0, []

    def keep(self, packet: Packet) -> None:
        """Keep a packet of the part that was begun; writing it changes its times."""
        times = packet.pts, packet.dts, packet.duration or 0
        self._waiting.append(((packet.size, *times, int(packet.is_keyframe)), bytes(packet)))
        if len(self._waiting) >= _AT_ONCE:
            self._flush()

    def end(self, frames: int) -> None:
        """End a part; from now on a run that goes on finds it."""
        self._flush()
        kept = np.array(_KEPT.index(self.is_kept))
        part = {"frames": np.array(frames), "batches": np.array(self._batches), "kept": kept}
        self._add(str(self._first), part)
        self.is_empty = self.is_empty and self._is_full

    def _flush(self) -> None:
        if self._waiting:
            told, data = zip(*self._waiting, strict=True)
            joined = np.frombuffer(b"".join(data), np.uint8)
            batch = {"told": np.array(told, np.int64), "data": joined}
            self._add(f"{self._first}/{self._batches}", batch)
            self._batches += 1
            self._waiting = []

    def _add(self, place: str, arrays: dict[str, Any]) -> None:
        """Add to the file; when the disk has no room for that, the run goes on without it."""
        if not self._is_full:
            try:
                self._journal.add(place, arrays)
            except sqlite3.Error:
                self._is_full = True

    def close(self, *, is_done: bool) -> None:
        """Close the file; it stays when there is something to go on from."""
        if is_done or self.is_empty:
            self._journal.finish()
        else:
            self._journal.close()
