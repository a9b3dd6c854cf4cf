"""Pictures in Parquet files with the Hugging Face image layout."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from photochrom.errors import InputError
from photochrom.extras import need


class ParquetPictures:
    """The rows of one Parquet file; the encoded bytes stay in memory, as Arrow holds them.

    Args:
        path: file with columns ``image`` (struct of bytes and path) and, if there, ``label``.

    Raises:
        InputError: when it is not such a file, or pyarrow is missing.
    """

    def __init__(self, path: Path) -> None:
        table = _read_table(path)
        if "image" not in table.column_names:
            columns = ", ".join(table.column_names)
            raise InputError(f"{path} has no column 'image' (it has: {columns})")
        self._path = path
        self._images = table.column("image")
        self._labels = table.column("label") if "label" in table.column_names else None

    def names_and_labels(self) -> Iterator[tuple[str, str]]:
        """Give each row's unique name and its label ("" when there is none)."""
        labels = self._labels.to_pylist() if self._labels is not None else [""] * len(self._images)
        paths = [cell["path"].as_py() for cell in self._images]
        is_unique = len(set(paths)) == len(paths) and all(paths)
        for row, (path, label) in enumerate(zip(paths, labels, strict=True)):
            yield (path if is_unique else f"{row:07d}"), str(label)

    def loader(self, row: int) -> Callable[[], bytes]:
        """Give a function that returns the encoded bytes of a row."""
        return partial(self._load, row)

    def _load(self, row: int) -> bytes:
        encoded: Any = self._images[row]["bytes"].as_py()
        if not encoded:
            raise InputError(f"row {row} of {self._path} holds no picture")
        return bytes(encoded)


def _read_table(path: Path) -> Any:
    """Read a Parquet file into memory."""
    need("evaluate", "pyarrow", what=f"reading {path}")
    import pyarrow  # noqa: PLC0415  (an extra, not in the runtime)
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        return pq.read_table(path, memory_map=True)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path} is not a readable Parquet file") from error
