"""Files as one ZIP, piece by piece: nothing is held in memory, nothing written to the disk."""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from zipfile import ZipFile, ZipInfo

_PIECE: Final = 1 << 20


class _Pieces(io.RawIOBase):
    """What the archive has written since somebody last looked."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self._waiting.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        taken = b"".join(self._waiting)
        self._waiting.clear()
        return taken


def zipped(files: Sequence[Path]) -> Iterator[bytes]:
    """Pack files, uncompressed: pictures hardly shrink.

    Args:
        files: of different names.

    Yields:
        Pieces of the archive.

    Raises:
        OSError: when a file is gone.
    """
    pieces = _Pieces()
    with ZipFile(pieces, "w") as archive:
        for path in files:
            entry = ZipInfo.from_file(path, path.name, strict_timestamps=False)
            with path.open("rb") as file, archive.open(entry, "w", force_zip64=True) as packed:
                while piece := file.read(_PIECE):
                    packed.write(piece)
                    yield pieces.take()
    yield pieces.take()
