"""Whether batches of equal sizes would make the built-in model faster than a picture per core.

Run ``python benchmarks/batching.py``; writes benchmarks/results/batching.json. Only the network is
timed, on seeded noise at its working size: one picture a run on every core, as ``colorize`` and
``evaluate`` do it, against batches on every core, and against one session with all cores.
"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from timing import ROOT, circumstances, plain, side_by_side

from photochrom.engine.session import load_network
from photochrom.models.registry import DEFAULT_MODEL, resolve_model

F32 = NDArray[np.float32]

PICTURES: Final = 64
SIDE: Final = 144
CORES: Final = 2
BATCHES: Final = (4, 8, 16)


def main() -> None:
    """Time all ways in turn, print pictures a second, write them down."""
    facts = circumstances()
    data = resolve_model(DEFAULT_MODEL).read_bytes()
    one_core, all_cores = load_network(data, threads=1), load_network(data, threads=CORES)
    pictures = np.random.default_rng(0).uniform(0, 100, (PICTURES, 1, SIDE, SIDE))
    lightness = pictures.astype(np.float32)
    tasks = {"one picture per core": _task(one_core, lightness, 1, CORES)}
    for size in BATCHES:
        tasks[f"batches of {size} per core"] = _task(one_core, lightness, size, CORES)
        tasks[f"batches of {size}, one after another"] = _task(all_cores, lightness, size, 1)
    timings = side_by_side(tasks)
    for name, timing in timings.items():
        print(f"{name}: {PICTURES / timing.median_s:.1f} pictures/s, {timing}")
    result = {"circumstances": facts, "pictures": PICTURES, "side": SIDE, **plain(timings)}
    path = ROOT / "benchmarks" / "results" / "batching.json"
    path.write_text(json.dumps(result, indent=1) + "\n")


def _task(session: Any, lightness: F32, size: int, at_once: int) -> Callable[[], None]:
    """Run all pictures in batches of a size, so many batches at once."""
    batches = [lightness[at : at + size] for at in range(0, len(lightness), size)]
    run = partial(_run, session)

    def task() -> None:
        with ThreadPoolExecutor(at_once) as pool:
            list(pool.map(run, batches))

    return task


def _run(session: Any, batch: F32) -> None:
    hints = np.zeros((len(batch), 3, SIDE, SIDE), np.float32)
    session.run(["chroma"], {"lightness": batch, "hints": hints})


if __name__ == "__main__":
    main()
