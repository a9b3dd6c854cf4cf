"""The photographs of an adaptation: decoded, sorted out, with their objects."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from photochrom.arrays import U8
from photochrom.collection import Collection, Item
from photochrom.collection.intake import Look, decode, look_at, sort_out
from photochrom.collection.label_maps import resize_labels
from photochrom.engine.tiles import working_shape
from photochrom.errors import InputError
from photochrom.lab.adaptation.objects.found import ObjectSource
from photochrom.picture.pixels import resize, to_gray

_SAID = {"gray": "gray or toned left out", "duplicate": "shown twice and taken once"}
MOST_TARGETS: Final = 48  # that a page shows
_DETAIL = 1.5  # sides of what is kept over the working size, so that zooming in shows detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One color photograph.

    Attributes:
        name: within the collection.
        label: its kind, or "".
        kind: the number of its kind, from 1; 1 when there is one for all.
        sha256: of its encoded bytes.
        rgb: (H, W, 3) uint8 sRGB, shrunk.
        objects: (H, W) uint8, 0 background, k the k-th kind; None when all of it counts.
    """

    name: str
    label: str
    sha256: str
    rgb: U8
    kind: int = 1
    objects: U8 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPhotos:
    """What became of the pictures of a collection.

    Attributes:
        photos: those to learn from.
        dropped: names of the others by reason.
    """

    photos: tuple[Photo, ...]
    dropped: Mapping[str, Sequence[str]]

    def tally(self) -> str:
        """Count in one line."""
        parts = [f"{len(self.photos)} photographs"]
        parts += [f"{len(names)} {reason}" for reason, names in self.dropped.items()]
        return ", ".join(parts)


def take_photos(
    collection: Collection, *, size: int, labels: Sequence[str], objects: ObjectSource | None
) -> TakenPhotos:
    """Decode a collection; gray originals and repeated photographs are left out.

    Args:
        collection: color photographs.
        size: working size of the base.
        labels: kinds to tell apart; empty when there is one for all.
        objects: where the object of each picture is; None when all of it counts.

    Raises:
        InputError: when fewer than two are left, a kind has fewer than two, or an object map is
            missing or does not fit.
    """
    looked = [_take(item, size, labels, objects) for item in collection]
    reasons = sort_out([look for _, look in looked])
    dropped: dict[str, list[str]] = {}
    photos = []
    for (photo, _), reason in zip(looked, reasons, strict=True):
        if reason:
            dropped.setdefault(_SAID[reason], []).append(photo.name)
        elif photo.objects is not None and not photo.objects.any():
            dropped.setdefault("without an object left out", []).append(photo.name)
        else:
            photos.append(photo)
    intake = TakenPhotos(photos=tuple(photos), dropped=dropped)
    if len(photos) < 2:
        raise InputError(f"an adaptation needs two color photographs; there are: {intake.tally()}")
    counts = Counter(photo.label for photo in photos)
    for label in labels:
        if counts[label] < 2:
            raise InputError(
                f"the kind {label} has {counts[label]} usable photograph"
                f"{'' if counts[label] == 1 else 's'}, and "
                "needs two: one to learn from and one to check"
            )
    return intake


def _take(
    item: Item, size: int, labels: Sequence[str], objects: ObjectSource | None
) -> tuple[Photo, Look]:
    rgb, checksum = decode(item)
    look = look_at(rgb, checksum)
    shape = _shape_kept(rgb, size)
    kind = labels.index(item.label) + 1 if labels else 1
    small = resize(rgb, *shape)
    photo = Photo(name=item.name, label=item.label, sha256=checksum, rgb=small, kind=kind)
    if objects is None or look.is_gray:
        return photo, look
    return replace(photo, objects=resize_labels(objects(item.name, rgb, kind), shape)), look


def take_targets(collection: Collection, *, size: int) -> TakenPhotos:
    """Decode gray pictures that a person wants to have in color; color in them is taken away.

    Args:
        collection: the pictures; of more than `MOST_TARGETS` some, evenly spread.
        size: working size of the base.

    Raises:
        InputError: when none can be read.
    """
    count = min(len(collection), MOST_TARGETS)
    photos, unreadable = [], []
    for place in range(count):
        item = collection[place * len(collection) // count]
        try:
            rgb, checksum = decode(item)
        except (InputError, OSError):
            unreadable.append(item.name)
            continue
        gray = to_gray(resize(rgb, *_shape_kept(rgb, size)))
        toneless = np.repeat(gray[..., None], 3, axis=2)
        photos.append(Photo(name=item.name, label="", sha256=checksum, rgb=toneless))
    if not photos:
        raise InputError(f"none of the {count} target pictures can be read, first: {unreadable[0]}")
    dropped = {"unreadable and left out": unreadable} if unreadable else {}
    return TakenPhotos(photos=tuple(photos), dropped=dropped)


def _shape_kept(rgb: U8, size: int) -> tuple[int, int]:
    """Give height and width at which a picture is kept."""
    return working_shape(rgb.shape[0], rgb.shape[1], round(_DETAIL * size))
