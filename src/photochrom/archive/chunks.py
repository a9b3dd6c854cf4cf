"""Part what is to be done into chunks: a minute or two of one worker each."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

Work = TypeVar("Work")

MOST_ITEMS: Final = 256
_LEAST_ITEMS: Final = 32  # fewer only where they are large
_FULL_BYTES: Final = 192 * 2**20  # as 32 to 64 scans of 12 megapixels have
_ALONE_BYTES: Final = 96 * 2**20  # of one picture, which then holds up no other


def chunked(
    work: Iterable[Work], size_of: Callable[[Work], int], *, most_items: int = MOST_ITEMS
) -> Iterator[tuple[Work, ...]]:
    """Part work into chunks of 32 to 256, balanced by bytes; a large picture goes alone.

    Args:
        work: in the order of its listing, which is kept but for what goes alone.
        size_of: bytes of one.
        most_items: of a chunk.

    >>> [len(chunk) for chunk in chunked([1] * 300 + [10**9] + [10**7] * 40, lambda size: size)]
    [256, 1, 65, 19]
    """
    waiting: list[Work] = []
    total_bytes = 0
    for item in work:
        size = size_of(item)
        if size >= _ALONE_BYTES:
            yield (item,)
            continue
        waiting.append(item)
        total_bytes += size
        is_heavy = total_bytes >= _FULL_BYTES and len(waiting) >= _LEAST_ITEMS
        if is_heavy or len(waiting) == most_items:
            yield tuple(waiting)
            waiting, total_bytes = [], 0
    if waiting:
        yield tuple(waiting)
