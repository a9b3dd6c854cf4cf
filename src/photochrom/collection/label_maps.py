"""Label maps: which pixels of a picture show an object, and of which kind."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final, TypeVar

import numpy as np
import pyvips
from numpy.typing import NDArray

from photochrom.collection.names import composed
from photochrom.collection.walk import walk
from photochrom.errors import InputError
from photochrom.picture.libvips import harden, translated
from photochrom.picture.reading.formats import HEAD_BYTES, sniff_kind

U8 = NDArray[np.uint8]
Label = TypeVar("Label", np.uint8, np.bool_)

_WHITE: Final = 255  # of masks that know only yes and no


def stem_of(name: str) -> str:
    """Tell by what a picture's label map is found: its name without folders and suffix, composed.

    >>> stem_of("robins/early/a.1.jpg")
    'a.1'
    """
    return composed(PurePosixPath(name.replace("\\", "/")).stem)


def refuse_same_stems(names: Iterable[str]) -> None:
    """Refuse pictures that label maps could not tell apart.

    Raises:
        InputError: when two names have the same stem.
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(stem_of(name), name)
        if other != name:
            raise InputError(f"{other} and {name} would share one label map: rename one of them")


def read_label_map(path: Path) -> U8:
    """Read a label map.

    Args:
        path: a PNG of one channel and 8 bits; 0 is background, k the k-th kind. A mask of 0 and
            255 is understood as 0 and 1.

    Returns:
        (H, W) uint8.

    Raises:
        InputError: when it is no such file.
    """
    harden()
    try:
        encoded = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if sniff_kind(encoded[:HEAD_BYTES]) != "png":
        raise InputError(f"{path} is not a PNG, which a label map must be")
    with translated(f"{path} is damaged"):
        image = pyvips.Image.new_from_buffer(encoded, "")
        if image.bands == 2 and image.extract_band(1).min() == _WHITE:
            image = image.extract_band(0)
        if image.bands != 1 or image.format != "uchar":
            raise InputError(f"{path} must have one channel of 8 bits, the number of the kind")
        labels = np.asarray(image.numpy(), np.uint8).reshape(image.height, image.width)
    return np.minimum(labels, 1) if set(np.unique(labels)) <= {0, _WHITE} else labels


def resize_labels(labels: NDArray[Label], shape: tuple[int, int]) -> NDArray[Label]:
    """Bring a label map to another size; every pixel takes the nearest label.

    Args:
        labels: (H, W) uint8, or bool for a mask.
        shape: (height, width) wanted.

    >>> resize_labels(np.uint8([[1, 1, 2, 2]]), (1, 2)).tolist()
    [[1, 2]]
    """
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(np.intp)
        for new, old in zip(shape, labels.shape, strict=True)
    )
    return np.ascontiguousarray(labels[rows[:, None], columns])


def label_map_files(folder: Path) -> list[Path]:
    """List the label maps in a folder and its sub-folders, sorted."""
    return [path for path in walk(folder).files if path.suffix.lower() == ".png"]


class LabelMaps:
    """A folder of label maps, one PNG per picture with the same stem.

    Args:
        folder: where they lie; sub-folders are searched as well.

    Raises:
        InputError: when it is no folder, has no PNG, or two of one stem.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise InputError(f"{folder} is not a folder of label maps")
        paths = label_map_files(folder)
        if not paths:
            raise InputError(f"{folder} holds no label maps (PNG)")
        refuse_same_stems(path.relative_to(folder).as_posix() for path in paths)
        self._folder = folder
        self._paths = {stem_of(path.name): path for path in paths}

    def missing_for(self, names: Iterable[str]) -> list[str]:
        """List the pictures that have no map."""
        return [name for name in names if stem_of(name) not in self._paths]

    def sha256_of(self, name: str) -> str | None:
        """Hash the map of a picture, as 64 hexadecimal digits; None when it cannot be read."""
        path = self._paths.get(stem_of(name))
        try:
            return None if path is None else sha256(path.read_bytes()).hexdigest()
        except OSError:  # reading it in earnest will say so
            return None

    def of(self, name: str, size: tuple[int, int], *, kinds: int) -> U8:
        """Read the map of a picture.

        Args:
            name: of the picture.
            size: (height, width) of the upright picture.
            kinds: the largest number that a pixel may have.

        Returns:
            (H, W) uint8.

        Raises:
            InputError: when there is none, it has another size, or a number that is no kind.
        """
        path = self._paths.get(stem_of(name))
        if path is None:
            raise InputError(f"{self._folder} has no label map {stem_of(name)}.png for {name}")
        labels = read_label_map(path)
        if labels.shape != size:
            theirs, ours = ("×".join(map(str, shape[::-1])) for shape in (labels.shape, size))
            raise InputError(f"{path} is {theirs} pixels, its picture {ours}")
        if labels.max() > kinds:
            raise InputError(f"{path} has the number {labels.max()}, and there are {kinds} kinds")
        return labels
