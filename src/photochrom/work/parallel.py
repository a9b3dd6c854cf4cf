"""Work on many things at once, and give the results in their order."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import Final, TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")

_AHEAD: Final = 8  # things begun for each thread, so that memory stays bounded
_STOPS: ContextVar[tuple[Event, ...]] = ContextVar("_STOPS", default=())  # of a thread's pools


@contextmanager
def stoppable_pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Open a pool that leaves nothing behind: what has not begun is canceled at its end.

    Whatever has begun is waited for; what may take long asks `is_stopped`.

    Args:
        threads: how many.

    Yields:
        The pool.
    """
    stop = Event()
    stops = (*_STOPS.get(), stop)
    pool = ThreadPoolExecutor(threads, "photochrom", initializer=_STOPS.set, initargs=(stops,))
    try:
        yield pool
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def is_stopped() -> bool:
    """Tell whether nobody waits any longer for what this thread of a pool does."""
    return any(stop.is_set() for stop in _STOPS.get())


def in_parallel(
    work: Callable[[Work], Result],
    items: Iterable[Work],
    done: Callable[[], None] = lambda: None,
    *,
    threads: int | None = None,
) -> Iterator[Result]:
    """Work in threads, in order, never far ahead of the consumer.

    An error or Ctrl-C cancels what has not begun, and ends the runs of networks that have.

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

    def first() -> Result:
        result = waiting.popleft().result()
        done()
        return result

    with stoppable_pool(threads) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= _AHEAD * threads:
                yield first()
        while waiting:
            yield first()


def available_cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
