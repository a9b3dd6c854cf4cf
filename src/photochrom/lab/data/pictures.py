"""Decode a collection once and keep it as 8-bit pixels, ready for any device, or on disk."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import torch
from torch import Tensor

from photochrom.arrays import U8
from photochrom.collection import Collection, Item
from photochrom.collection.intake import WORKERS, Duplicates, Intake, Look, sort_out, take_in
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


_BAD_SHARE: Final = 0.1  # more unreadable pictures than this refuse the collection
_GPU_SHARE: Final = 0.6  # of the free memory; the rest is for the network and its gradients
_MEMINFO: Final = Path("/proc/meminfo")
_UNKNOWN: Final = 8 << 30  # where the system tells nothing


class Pictures(Protocol):
    """Square pictures of one side, with names, labels and checksums in one order."""

    @property
    def side(self) -> int:
        """Side of the pictures in pixels."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names, unique within a collection."""

    @property
    def labels(self) -> tuple[str, ...]:
        """A label per picture ("" where it has none), or nothing at all."""

    @property
    def sha256(self) -> tuple[str, ...]:
        """A checksum of the encoded bytes per picture, or nothing at all."""

    @property
    def device(self) -> torch.device:
        """Where `rows` puts pictures."""

    def __len__(self) -> int: ...

    def rows(self, indices: Tensor) -> Tensor:
        """Give pictures (k, side, side, 3) uint8 sRGB by their (k,) positions."""

    def pick(self, rows: Tensor) -> "Pictures":
        """Take some of the pictures, by their (k,) positions, in that order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureStore:
    """Square pictures of one side, all in memory.

    Attributes:
        pixels: (n, side, side, 3) uint8 sRGB.
        names: n names, in the same order.
        labels: n labels, or none.
        sha256: n checksums of the encoded bytes, or none.
    """

    pixels: Tensor
    names: tuple[str, ...]
    labels: tuple[str, ...] = ()
    sha256: tuple[str, ...] = ()

    @property
    def side(self) -> int:
        """Side of the pictures in pixels."""
        return int(self.pixels.shape[1])

    @property
    def device(self) -> torch.device:
        """Where the pictures are."""
        return self.pixels.device

    def __len__(self) -> int:
        return len(self.pixels)

    def rows(self, indices: Tensor) -> Tensor:
        """Give pictures by their positions.

        Args:
            indices: (k,) int64, on any device.

        Returns:
            (k, side, side, 3) uint8 sRGB, on the device of the pictures.
        """
        return self.pixels[indices.to(self.device)]

    def pick(self, rows: Tensor) -> "PictureStore":
        """Take some of the pictures.

        Args:
            rows: (k,) int64, which, in the order wanted.
        """
        chosen = rows.tolist()
        return PictureStore(
            pixels=self.rows(rows),
            names=tuple(self.names[row] for row in chosen),
            labels=tuple(self.labels[row] for row in chosen) if self.labels else (),
            sha256=tuple(self.sha256[row] for row in chosen) if self.sha256 else (),
        )

    def to(self, device: torch.device | str) -> "PictureStore":
        """Move the pictures to a device."""
        return replace(self, pixels=self.pixels.to(device))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of a collection.

    Attributes:
        stores: the kept pictures, one store per side, small sides first.
        dropped: names of what was dropped, by reason: "gray", "unreadable", "duplicate".
        unreadable: for each picture that could not be decoded, why.
        checksums: SHA-256 of the encoded bytes of each picture that could be, kept or dropped.
    """

    stores: tuple[Pictures, ...]
    dropped: Mapping[str, tuple[str, ...]]
    unreadable: Mapping[str, str]
    checksums: Mapping[str, str]

    def __len__(self) -> int:
        return sum(map(len, self.stores))


def load_pictures(
    collection: Collection,
    sides: Sequence[int],
    *,
    duplicates: Duplicates = "near",
    memory_limit_bytes: int | None = None,
) -> Loaded:
    """Decode a collection into square stores, in one pass.

    Each picture goes to the largest side that its short side reaches (the smallest if none), is
    scaled so that the short side fits and cropped at the center. Gray pictures are dropped (CIC's
    rule: no |a*| or |b*| above 5), and of duplicates all but the first.

    Args:
        collection: color pictures.
        sides: sides of the stores in pixels.
        duplicates: which to drop: files with the same bytes ("exact"), also pictures that look the
            same ("near"), or none ("keep").
        memory_limit_bytes: collections that take more when decoded are streamed; half of the
            available memory when not given, shared evenly by the processes on this machine.

    Returns:
        The stores, and what was dropped and why.

    Raises:
        RunError: when nothing is left, or more than a tenth cannot be read.
    """
    if memory_limit_bytes is None:
        sharing = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # processes of torchrun here
        memory_limit_bytes = available_bytes() // (2 * sharing)
    intake = take_in(collection, sides, memory_limit_bytes)
    found = list(zip(collection, intake.looks.values(), strict=True))
    unreadable = {item.name: look for item, look in found if isinstance(look, str)}
    if len(unreadable) > _BAD_SHARE * len(found):
        first = next(iter(unreadable.values()))
        raise RunError(f"{len(unreadable)} of {len(found)} pictures cannot be read, first: {first}")
    dropped: dict[str, list[str]] = {"gray": [], "unreadable": [], "duplicate": []}
    by_side: dict[int, dict[int, Look]] = {}
    reasons = sort_out(list(intake.looks.values()), duplicates)
    for place, ((item, look), reason) in enumerate(zip(found, reasons, strict=True)):
        if reason:
            dropped[reason].append(item.name)
        elif isinstance(look, Look):
            by_side.setdefault(look.side, {})[place] = look
    if not by_side:
        raise RunError(f"none of the {len(found)} pictures has color to learn from")
    return Loaded(
        stores=tuple(_store(collection, intake, by_side[side]) for side in sorted(by_side)),
        dropped={why: tuple(names) for why, names in dropped.items()},
        unreadable=unreadable,
        checksums={item.name: look.sha256 for item, look in found if isinstance(look, Look)},
    )


def _store(collection: Collection, intake: Intake, looks: Mapping[int, Look]) -> Pictures:
    """Stack pictures of one side; those too many for memory stay where they are."""
    side = next(iter(looks.values())).side
    items = tuple(collection[place] for place in looks)
    labels = tuple(item.label for item in items)
    sha256 = tuple(look.sha256 for look in looks.values())
    if intake.overflows:
        return StreamedStore(side=side, items=items, labels=labels, sha256=sha256)
    pixels = torch.empty((len(items), side, side, 3), dtype=torch.uint8)
    for row, place in reversed(list(enumerate(looks))):  # last in, first out: memory is given back
        pixels[row] = torch.from_numpy(intake.pixels.pop(place))
    names = tuple(item.name for item in items)
    return PictureStore(pixels=pixels, names=names, labels=labels, sha256=sha256)


def fits_on(stores: Sequence[Pictures], device: torch.device) -> bool:
    """Tell whether pictures may be kept on a device for the whole run.

    Args:
        stores: all that would be kept there.
        device: where the network trains.

    Returns:
        True on a CPU; on a CUDA device, when they are in memory and take at most 60 % of what is
        free; on any other, False.
    """
    if device.type == "cpu":
        return True
    resident = [store.pixels.nbytes for store in stores if isinstance(store, PictureStore)]
    if device.type != "cuda" or len(resident) < len(stores):
        return False
    free_bytes, _ = torch.cuda.mem_get_info(device)
    return sum(resident) <= _GPU_SHARE * free_bytes


def available_bytes() -> int:
    """Estimate the memory that can be taken without pushing anything out.

    Returns:
        Linux's estimate, elsewhere half of the machine, 8 GiB where that is unknown too.
    """
    if _MEMINFO.exists():
        lines = (line.split() for line in _MEMINFO.read_text("ascii").splitlines())
        kibibytes = {words[0]: int(words[1]) for words in lines}
        return kibibytes["MemAvailable:"] << 10
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return _UNKNOWN
