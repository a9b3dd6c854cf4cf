"""Pictures decoded when they are asked for, for collections larger than memory."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from photochrom.arrays import U8
from photochrom.collection import Item
from photochrom.collection.intake import WORKERS
from photochrom.errors import InputError, RunError
from photochrom.picture.pixels import square


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedStore:
    """Square pictures of one side, decoded by threads each time they are asked for.

    Attributes:
        side: of the pictures in pixels.
        items: n pictures of a collection.
        labels: n labels, or none.
        sha256: n checksums of the encoded bytes, or none.
    """

    side: int
    items: tuple[Item, ...]
    labels: tuple[str, ...] = ()
    sha256: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the pictures."""
        return tuple(item.name for item in self.items)

    @property
    def device(self) -> torch.device:
        """Where the pictures come out."""
        return torch.device("cpu")

    def __len__(self) -> int:
        return len(self.items)

    def rows(self, indices: Tensor) -> Tensor:
        """Decode pictures.

        Args:
            indices: (k,) int64, which.

        Returns:
            (k, side, side, 3) uint8 sRGB.

        Raises:
            RunError: when a picture that could be read before cannot be read any more.
        """
        pixels = torch.empty((len(indices), self.side, self.side, 3), dtype=torch.uint8)
        with ThreadPoolExecutor(WORKERS) as pool:
            for row, picture in enumerate(pool.map(self._read, indices.tolist())):
                pixels[row] = torch.from_numpy(picture)
        return pixels

    def pick(self, rows: Tensor) -> "StreamedStore":
        """Take some of the pictures.

        Args:
            rows: (k,) int64, which, in the order wanted.
        """
        chosen = rows.tolist()
        return StreamedStore(
            side=self.side,
            items=tuple(self.items[row] for row in chosen),
            labels=tuple(self.labels[row] for row in chosen) if self.labels else (),
            sha256=tuple(self.sha256[row] for row in chosen) if self.sha256 else (),
        )

    def _read(self, row: int) -> U8:
        item = self.items[row]
        try:
            return square(item.read(), self.side)
        except (InputError, OSError) as error:
            message = f"{item.name} could be read before and cannot be read now: {error}"
            raise RunError(message) from error
