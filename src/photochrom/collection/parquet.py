"""Pictures in Parquet files with the Hugging Face image layout."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from photochrom.errors import InputError
from photochrom.extras import need


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
