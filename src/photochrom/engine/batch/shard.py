"""A part of a large collection, the same for everybody, and whose turn it is in a folder."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final, Self

from photochrom.errors import InputError
from photochrom.files import lock

MOST_SHARDS: Final = 100_000
_PARTS: Final = re.compile(r"(\d{1,6})/(\d{1,6})")


@dataclass(frozen=True, slots=True)
class Shard:
    """The I-th of N parts: the pictures whose names, hashed, leave I - 1 when divided by N.

    Attributes:
        number: from 1 to `count`.
        count: of all parts.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        """Reject parts that are none."""
        if not 1 <= self.number <= self.count <= MOST_SHARDS:
            raise InputError(
                f"a shard is I/N with I from 1 to N and N at most {MOST_SHARDS}, not {self}"
            )

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "I/N".

        Raises:
            InputError: when it is none.

        >>> Shard.parse("3/16")
        Shard(number=3, count=16)
        """
        parts = _PARTS.fullmatch(text)
        if parts is None:
            raise InputError(f"a shard is I/N, such as 3/16, not {text!r}")
        return cls(int(parts[1]), int(parts[2]))

    @property
    def label(self) -> str:
        """The part as names of files hold it, such as "3-of-16"."""
        return f"{self.number}-of-{self.count}"

    def has(self, name: str) -> bool:
        """Say whether a picture belongs to this part.

        Args:
            name: its path below the folder or the root of the listing, with `/`.

        >>> [Shard(number, 3).has("1923/a.jpg") for number in (1, 2, 3)]
        [False, True, False]
        """
        digest = sha256(name.encode(errors="surrogateescape")).digest()
        return int.from_bytes(digest[:8]) % self.count == self.number - 1


@contextlib.contextmanager
def turn_in(folder: Path, name: str, shard: Shard | None) -> Iterator[tuple[BinaryIO, bool]]:
    """Take one's turn in a folder of results: alone, or as one of its shards.

    Args:
        folder: made when missing.
        name: of the file in it that stands for the whole folder.
        shard: that is worked on; None for everything.

    Yields:
        The file to append to, which stands for the shard or the folder, open in binary; and
        whether the system could make sure that nobody else has it.

    Raises:
        InputError: when the folder cannot be written to, or another run holds it or the shard.
    """
    whole = folder / name
    own = whole if shard is None else whole.with_name(f"{whole.stem}.{shard.label}{whole.suffix}")
    with contextlib.ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files = [
                stack.enter_context(path.open("a+b", buffering=0))
                for path in dict.fromkeys((whole, own))
            ]
        except OSError as error:
            raise InputError(f"cannot write to {folder}: {error.strerror}") from error
        try:
            is_locked = lock(files[0], is_shared=shard is not None)
            is_locked &= shard is None or lock(files[-1])
        except BlockingIOError as error:
            raise InputError(
                f"another run is writing to {folder}; wait for it, or choose another -o"
            ) from error
        yield files[-1], is_locked
