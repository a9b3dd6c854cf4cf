"""Open a folder or Parquet files as one sequence of labelled pictures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from photochrom.collection.names import composed
from photochrom.collection.walk import passed_over_note, walk
from photochrom.errors import InputError
from photochrom.extras import need
from photochrom.picture import PICTURE_SUFFIXES, read_color


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One picture of a collection.

    Attributes:
        name: unique within the collection; a relative path, or the path stored in the Parquet row.
        label: kind of the picture: its sub-folder or its Parquet label, or "" when it has none.
        load: gives the encoded bytes.
    """

    name: str
    label: str
    load: Callable[[], bytes]

    def read(self) -> NDArray[np.uint8]:
        """Decode the picture to (H, W, 3) sRGB.

        Raises:
            InputError: when it is not a picture or damaged.
        """
        return read_color(self.load(), name=self.name)


class Collection(Sequence[Item]):
    """Pictures in a fixed order: folders sorted by path, Parquet files in their own order.

    Attributes:
        passed_over: folders of systems and catalogs that were not looked into.
    """

    def __init__(self, items: Sequence[Item], *, passed_over: Sequence[Path] = ()) -> None:
        self._items = tuple(items)
        self.passed_over = tuple(passed_over)

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> "Collection": ...
    def __getitem__(self, index: int | slice) -> "Item | Collection":
        if isinstance(index, slice):
            return Collection(self._items[index])
        return self._items[index]

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels but the empty one, sorted."""
        return tuple(sorted({item.label for item in self._items} - {""}))


def open_collection(sources: Path | str | Iterable[Path | str]) -> Collection:
    """Open one or several folders and Parquet files as one collection.

    Args:
        sources: a folder (searched recursively; the name of the sub-folder is the label), a Parquet
            file with the Hugging Face image layout, or several.

    Returns:
        The pictures, not yet decoded. Names of several sources begin with that of their source;
        sources of the same name are numbered: ``photos/a.jpg``, ``photos-2/a.jpg``.

    Raises:
        InputError: when a source is missing, of neither kind, or nothing is left.
    """
    paths = [Path(sources)] if isinstance(sources, (str, Path)) else [Path(s) for s in sources]
    prefixes = [f"{name}/" for name in _distinct_names(paths)] if len(paths) > 1 else [""]
    passed_over: list[Path] = []
    items = [
        item
        for path, prefix in zip(paths, prefixes, strict=True)
        for item in _items_of(path, prefix, passed_over)
    ]
    if not items:
        also = f"; {passed_over_note(passed_over)}" if passed_over else ""
        raise InputError(f"no pictures in {', '.join(map(str, paths)) or 'an empty list'}{also}")
    return Collection(items, passed_over=passed_over)


def _distinct_names(paths: Sequence[Path]) -> list[str]:
    """Name sources; all but the first of a name get a number that makes no other name."""
    names = [path.stem if _is_parquet(path) else path.absolute().name for path in paths]
    taken = set(names)
    for place, name in enumerate(names):
        if name in names[:place]:
            numbered = (f"{name}-{number}" for number in count(2))
            names[place] = next(each for each in numbered if each not in taken)
            taken.add(names[place])
    return names


def _is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def _items_of(path: Path, prefix: str, passed_over: list[Path]) -> Iterator[Item]:
    """List the pictures of one source, their names after a prefix; add what is passed over."""
    if path.is_dir():
        walked = walk(path)
        passed_over += walked.passed_over
        suffixes = PICTURE_SUFFIXES
        for file in walked.files:
            if file.suffix.lower() in suffixes:
                relative = file.relative_to(path)
                label = composed(relative.parent.name)
                name = f"{prefix}{relative.as_posix()}"
                yield Item(name=name, label=label, load=file.read_bytes)
    elif _is_parquet(path):
        for name, label, load in parquet_pictures(path):
            yield Item(name=f"{prefix}{name}", label=composed(label), load=load)
    elif path.exists():
        raise InputError(f"{path} is neither a folder nor a Parquet file")
    else:
        raise InputError(f"{path} does not exist")


def parquet_pictures(path: Path) -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    """Read a Parquet file; the encoded bytes stay in memory, as Arrow holds them.

    Args:
        path: file with columns ``image`` (struct of bytes and path) and, if there, ``label``.

    Yields:
        Of each row a unique name, its label ("" when there is none), and what gives its bytes.

    Raises:
        InputError: when it is not such a file, or pyarrow is missing.
    """
    need("evaluate", "pyarrow", what=f"reading {path}")
    import pyarrow  # noqa: PLC0415  (an extra, not in the runtime)
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        table = pq.read_table(path, memory_map=True)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path} is not a readable Parquet file") from error
    if "image" not in table.column_names:
        columns = ", ".join(table.column_names)
        raise InputError(f"{path} has no column 'image' (it has: {columns})")
    images, has_labels = table.column("image"), "label" in table.column_names
    labels = table.column("label").to_pylist() if has_labels else [""] * len(images)
    names = [cell["path"].as_py() for cell in images]
    is_unique = len(set(names)) == len(names) and all(names)
    for row, (name, label) in enumerate(zip(names, labels, strict=True)):
        yield name if is_unique else f"{row:07d}", str(label), partial(_load, images, row, path)


def _load(images: Any, row: int, path: Path) -> bytes:
    encoded: Any = images[row]["bytes"].as_py()
    if not encoded:
        raise InputError(f"row {row} of {path} holds no picture")
    return bytes(encoded)
