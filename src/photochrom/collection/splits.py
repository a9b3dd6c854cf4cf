"""Splits: which pictures are for training, for validation, for the test, frozen in a file.

A split is a CSV file with a row per picture: part, name, label, SHA-256 of the encoded bytes, and
the reason when it was dropped. It goes by checksums, so that it stays the same when pictures are
renamed or listed in another order.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, get_args

from photochrom.collection.names import ByName
from photochrom.collection.open import Collection, Item
from photochrom.errors import InputError
from photochrom.files import decoded, write_whole
from photochrom.texts import csv_rows, csv_text

Part = Literal["train", "validation", "test", "dropped", "unused"]

PARTS: Final[tuple[Part, ...]] = get_args(Part)
_HEX: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitEntry:
    """Where one picture went.

    Attributes:
        part: what it is for; "unused" when more pictures were there than asked for.
        name: within the collection.
        label: its kind, or "".
        sha256: of its encoded bytes, 64 lower-case hexadecimal digits; may be "" when dropped.
        reason: why it was dropped, such as "gray"; else "".
    """

    part: Part
    name: str
    label: str
    sha256: str
    reason: str = ""


_COLUMNS: Final = tuple(field.name for field in fields(SplitEntry))


def assign_parts(
    sha256s: Sequence[str],
    *,
    validation: float,
    test: float,
    seed: int,
    train: float | None = None,
) -> tuple[Part, ...]:
    """Draw a part for every picture, by its checksum and the seed alone.

    Neither order nor names of the pictures matter, and asking for fewer training pictures leaves
    the validation and test pictures as they are. Pictures with the same bytes may part; drop
    duplicates first.

    Args:
        sha256s: of the encoded bytes of n pictures, hexadecimal.
        validation: pictures to judge by while training: an int is a number of pictures, a float
            from 0 to below 1 a share of all, rounded, but at least one picture unless it is 0.
        test: pictures kept away from training, in the same way.
        seed: of the draw.
        train: pictures to train on, in the same way; None for all that are left.

    Returns:
        n parts in the order given; what is left over is "unused".

    Raises:
        InputError: when there are too few pictures, or a number is out of range.

    >>> assign_parts(["a", "b", "c", "d"], validation=1, test=0.25, seed=0, train=1)
    ('validation', 'unused', 'train', 'test')
    """
    total = len(sha256s)
    tested = _count("test", test, total)
    validated = _count("validation", validation, total)
    left = total - tested - validated
    trained = left if train is None else _count("train", train, total)
    if left < max(trained, 1):
        wanted = f"{tested} for the test, {validated} for validation and {max(trained, 1)} to train"
        raise InputError(f"{total} pictures are too few for {wanted}")
    lots = [sha256(f"{seed}:{checksum}".encode()).hexdigest() for checksum in sha256s]
    order = sorted(range(total), key=lambda place: lots[place])
    parts: list[Part] = ["unused"] * total
    for rank, place in enumerate(order[: tested + validated + trained]):
        is_held_out = rank < tested + validated
        parts[place] = "test" if rank < tested else "validation" if is_held_out else "train"
    return tuple(parts)


def _count(name: str, wanted: float, total: int) -> int:
    """Turn a number of pictures or a share into a number of pictures."""
    is_number = isinstance(wanted, int)
    is_possible = wanted >= 0 and (is_number or wanted < 1)
    if not is_possible:
        raise InputError(
            f"{name} must be a whole number of pictures or a share from 0 to below 1, not {wanted}"
        )
    return int(wanted) if is_number or not wanted else max(1, round(wanted * total))


def select(collection: Collection, splits: Sequence[SplitEntry], part: Part) -> Collection:
    """Take the pictures of one part out of a collection.

    Args:
        collection: the pictures that were split, under the names they had then; others are ignored.
        splits: what `read_splits` gives.
        part: which pictures to take.

    Returns:
        They, in the order of the split; each is compared with its checksum when it is loaded, and
        raises InputError when its bytes are others.

    Raises:
        InputError: when the part has no pictures, or some are not in the collection.
    """
    wanted = [entry for entry in splits if entry.part == part]
    if not wanted:
        counts = Counter(entry.part for entry in splits)
        there = ", ".join(f"{counts[known]} {known}" for known in PARTS if counts[known])
        raise InputError(f"the split has no {part} pictures, only {there or 'none at all'}")
    by_name = ByName((item.name, item) for item in collection)
    found = [(by_name.find(entry.name), entry) for entry in wanted]
    missing = [entry.name for item, entry in found if item is None]
    if missing:
        raise InputError(
            f"{len(missing)} of the {len(wanted)} {part} pictures of the split are not in the "
            f"collection, the first is {missing[0]}; give all the photographs that were split"
        )
    return Collection(
        [
            replace(item, load=partial(_load_verified, item, entry.sha256))
            for item, entry in found
            if item is not None
        ]
    )


def _load_verified(item: Item, checksum: str) -> bytes:
    encoded = item.load()
    if sha256(encoded).hexdigest() != checksum:
        raise InputError(
            f"{item.name} is not the picture that the split names: its SHA-256 is another"
        )
    return encoded


def write_splits(path: Path, entries: Iterable[SplitEntry]) -> None:
    """Write a split; under its name only when complete.

    Args:
        path: the CSV file; its folder is made when missing, an older file replaced.
        entries: one per picture.

    Raises:
        InputError: when it cannot be written.
    """
    text = csv_text([_COLUMNS, *map(astuple, entries)])
    write_whole(path, text.encode(errors="surrogateescape"))  # names are bytes to some systems


def read_splits(path: Path) -> tuple[SplitEntry, ...]:
    """Read a split.

    Args:
        path: a file that `write_splits` made.

    Returns:
        Its entries, at least one, in the order of the file.

    Raises:
        InputError: in one line with the row, when it cannot be read, is no split, or a part or
            checksum is impossible, or a name stands twice.
    """
    try:
        rows = csv_rows(decoded(path.read_bytes(), errors="surrogateescape"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not a split file: {error}") from error
    if len(rows) < 2 or tuple(rows[0]) != _COLUMNS:
        raise InputError(
            f"{path} is not a split file: it needs a first row {','.join(_COLUMNS)} and a row per "
            "picture"
        )
    entries = tuple(_entry(path, number, row) for number, row in enumerate(rows[1:], start=2))
    name, count = Counter(entry.name for entry in entries).most_common(1)[0]
    if count > 1:
        raise InputError(f"{path}: {name} stands in it {count} times")
    return entries


def _entry(path: Path, number: int, row: Sequence[str]) -> SplitEntry:
    """Check one row."""
    if len(row) != len(_COLUMNS):
        raise InputError(f"{path}, row {number}: {len(row)} cells instead of {len(_COLUMNS)}")
    part = next((known for known in PARTS if known == row[0]), None)
    if part is None:
        raise InputError(f"{path}, row {number}: no part {row[0]!r}, only {', '.join(PARTS)}")
    _, name, label, checksum, reason = row
    is_checksum = len(checksum) == 64 and set(checksum) <= _HEX
    if not is_checksum and (checksum or part != "dropped"):
        raise InputError(f"{path}, row {number}: {checksum[:70]!r} is not the SHA-256 of a picture")
    return SplitEntry(part=part, name=name, label=label, sha256=checksum, reason=reason)
