"""Work on many things at once, and give the results in their order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from photochrom.engine.batch_options import available_cores

Work = TypeVar("Work")
Result = TypeVar("Result")

_AHEAD: Final = 8  # things begun for each thread, so that memory stays bounded


def in_parallel(
    work: Callable[[Work], Result],
    items: Iterable[Work],
    done: Callable[[], None] = lambda: None,
    *,
    threads: int | None = None,
) -> Iterator[Result]:
    """Work in threads, in order, never far ahead of the consumer.

    An error or Ctrl-C cancels what has not begun.

    Args:
        work: safe from many threads.
        items: what to work on.
        done: called for each result, before it is given.
        threads: by default one per core.

    >>> list(in_parallel(abs, [-3, 1, -2], threads=2))
    [3, 1, 2]
    """
    threads = threads or available_cores()
    waiting: deque[Future[Result]] = deque()
    pool = ThreadPoolExecutor(threads)

    def first() -> Result:
        result = waiting.popleft().result()
        done()
        return result

    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= _AHEAD * threads:
                yield first()
        while waiting:
            yield first()
    finally:
        pool.shutdown(cancel_futures=True)
