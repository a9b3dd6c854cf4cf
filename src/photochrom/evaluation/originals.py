"""The originals of an evaluation: decoded once, sorted out once, kept while memory allows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Final, TypeVar

from photochrom.arrays import U8
from photochrom.collection import Item
from photochrom.errors import PhotochromError
from photochrom.evaluation.protocol import Protocol
from photochrom.evaluation.tally import Truth
from photochrom.picture import read_color
from photochrom.work.parallel import in_parallel

Result = TypeVar("Result")

_BUDGET: Final = 512 * 2**20  # bytes of pictures kept; beyond, they are decoded again


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What is known of one original.

    Attributes:
        item: of the collection.
        index: its place there.
        sha256: of its encoded bytes; "" when they cannot be read.
        full_size: (height, width) before the protocol; (0, 0) when it cannot be read.
        is_gray: whether no pixel has an |a*| or |b*| above 5.
        failure: why it cannot be read, or "".
    """

    item: Item
    index: int
    sha256: str = ""
    full_size: tuple[int, int] = (0, 0)
    is_gray: bool = False
    failure: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether there is color to compare with."""
        return not (self.is_gray or self.failure)


class Originals:
    """All originals of an evaluation, looked at once.

    Args:
        items: the collection.
        protocol: how they are brought to size.
    """

    def __init__(self, items: Sequence[Item], protocol: Protocol) -> None:
        self.protocol = protocol
        self._kept: dict[int, U8] = {}
        self._kept_bytes = 0
        self._lock = Lock()
        looked_at = in_parallel(lambda index: self._look_at(items[index], index), range(len(items)))
        self._all = tuple(looked_at)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Original]:
        return iter(self._all)

    def __getitem__(self, index: int) -> Original:
        return self._all[index]

    @property
    def usable(self) -> list[Original]:
        """Those with color, in the order of the collection."""
        return [original for original in self._all if original.is_usable]

    def rgb(self, index: int) -> U8:
        """Give an original (H, W, 3) at the size of the protocol.

        Raises:
            InputError: when it cannot be read.
        """
        kept = self._kept.get(index)
        return self.protocol.apply(self._all[index].item.read()) if kept is None else kept

    def _look_at(self, item: Item, index: int) -> Original:
        """Read, check and keep one original."""
        checksum = ""
        try:
            encoded = item.load()
            checksum = sha256(encoded).hexdigest()
            picture = read_color(encoded, name=item.name)
        except PhotochromError as error:
            return Original(item=item, index=index, sha256=checksum, failure=str(error))
        rgb = self.protocol.apply(picture)
        is_gray = Truth(rgb).is_gray
        with self._lock:
            if not is_gray and self._kept_bytes + rgb.nbytes <= _BUDGET:
                self._kept[index] = rgb
                self._kept_bytes += rgb.nbytes
        size = (picture.shape[0], picture.shape[1])
        return Original(item=item, index=index, sha256=checksum, full_size=size, is_gray=is_gray)
