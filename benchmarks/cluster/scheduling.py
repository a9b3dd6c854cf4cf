"""How well are 1000 workers kept busy that load, differ in speed, and die?

python benchmarks/cluster/scheduling.py [--pictures 1000000] [--workers 1000] [--out FILE]

The supervisor of `photochrom colorize --cluster` hands its real chunks to workers that are played:
a clock jumps from event to event, and no picture is made. Scans have 12 megapixels as a median and
differ like those of an archive (log-normal); a picture takes `--second` seconds on a worker of
speed 1, speeds differ by a tenth; a worker loads for 6 to 20 s, and dies now and then with what it
was doing; every two hours a machine goes with all its workers and comes back minutes later. What
is measured: the whole time against the sum of all work shared out evenly, what was done twice, and
what the one driver needs of its processor, which is the only thing here that is really timed.
"""

import argparse
import heapq
import itertools
import json
import random
import statistics
import sys
import time
from collections import deque
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from timing import circumstances

from photochrom.archive.run import chunked
from photochrom.cluster.crew import Arrived, Finished, Gone, News
from photochrom.cluster.supervise import Supervisor
from photochrom.engine.batch.chunk import ChunkItem, ChunkRecord
from photochrom.engine.result import FileResult, Status

MEGAPIXELS: Final = 12.0
BYTES_PER_MEGAPIXEL: Final = 420_000  # of JPEG scans
SPREAD: Final = 0.5  # of the logarithm of a scan's size
WORKERS_PER_MACHINE: Final = 16
MACHINE_GOES_S: Final = 7200.0
MACHINE_BACK_S: Final = 300.0
TOGETHER_S: Final = 0.05  # what happens within this time is heard of at once

Chunk = Sequence[ChunkItem]


class PlayedCrew:
    """Workers that are played; `source` of an item is the seconds that it takes."""

    def __init__(self, workers: int, life_s: float, seed: int) -> None:
        self.now_s = 0.0
        self.busy_s = 0.0
        self.lost_s = 0.0
        self.deaths = 0
        self._dice = random.Random(seed)  # noqa: S311 - no secret
        self._workers = workers
        self._life_s = life_s
        self._numbers = itertools.count()
        self._events: list[tuple[float, int, str, int]] = []
        self._speed: dict[int, float] = {}
        self._begun_s: dict[int, float] = {}
        self._given: dict[int, deque[Chunk]] = {}
        self._away = 0
        self._plan(MACHINE_GOES_S, "machine", 0)

    def room(self) -> int:
        """Count the places of the machines that are there."""
        return self._workers - self._away

    def hire(self) -> Hashable:
        """Let a worker begin to load."""
        worker = next(self._numbers)
        self._plan(self._dice.uniform(6, 20), "arrives", worker)
        return worker

    def hand_out(self, worker: int, items: Chunk) -> None:
        """Give a chunk to a worker."""
        self._given[worker].append(items)
        if len(self._given[worker]) == 1:
            self._begin(worker)

    def news(self, patience_s: float) -> Sequence[News]:
        """Let time pass until something happens."""
        found: list[News] = []
        end_s = self.now_s + patience_s
        while self._events and self._events[0][0] <= end_s:
            self.now_s, _, what, worker = heapq.heappop(self._events)
            is_first = not found
            found += self._happen(what, worker)
            if found and is_first:
                end_s = min(end_s, self.now_s + TOGETHER_S)
        self.now_s = end_s
        return found

    def _plan(self, after_s: float, what: str, worker: int) -> None:
        heapq.heappush(self._events, (self.now_s + after_s, next(self._numbers), what, worker))

    def _begin(self, worker: int) -> None:
        self._begun_s[worker] = self.now_s
        seconds = sum(float(item.source) for item in self._given[worker][0])
        self._plan(seconds / self._speed[worker], "finishes", worker)

    def _happen(self, what: str, worker: int) -> list[News]:
        if what == "machine":
            return self._machine_goes()
        if what == "comes back":
            self._away -= WORKERS_PER_MACHINE
        elif what == "arrives":
            self._speed[worker] = max(0.5, self._dice.gauss(1, 0.1))
            self._given[worker] = deque()
            self._plan(self._dice.expovariate(1 / self._life_s), "dies", worker)
            return [Arrived(worker)]
        elif worker in self._given:
            return self._finish(worker) if what == "finishes" else self._die([worker])
        return []

    def _finish(self, worker: int) -> list[News]:
        items = self._given[worker].popleft()
        self.busy_s += self.now_s - self._begun_s[worker]
        if self._given[worker]:
            self._begin(worker)
        return [Finished(worker, RECORDS[: len(items)])]

    def _die(self, workers: Sequence[int], *, is_innocent: bool = False) -> list[News]:
        for worker in workers:
            self.deaths += 1
            if self._given.pop(worker):
                self.lost_s += self.now_s - self._begun_s[worker]
        return [Gone(worker, "killed", is_innocent=is_innocent) for worker in workers]

    def _machine_goes(self) -> list[News]:
        self._plan(MACHINE_GOES_S, "machine", 0)
        self._plan(MACHINE_BACK_S, "comes back", 0)
        self._away += WORKERS_PER_MACHINE
        some = self._dice.sample(sorted(self._given), min(WORKERS_PER_MACHINE, len(self._given)))
        return self._die(some, is_innocent=True)


RECORDS: Final = [
    ChunkRecord(item=ChunkItem(source="", target=""), result=FileResult(status=Status.COLORIZED))
] * 256


def simulate(arguments: argparse.Namespace, seed: int) -> dict[str, float]:
    """Do an archive once."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    kinds = []
    for _ in range(20_000):
        size = dice.lognormvariate(0, SPREAD)
        item = ChunkItem(source=f"{size * arguments.second:.4f}", target="")
        kinds.append((item, int(size * MEGAPIXELS * BYTES_PER_MEGAPIXEL)))
    work = [dice.choice(kinds) for _ in range(arguments.pictures)]
    chunks = [tuple(item for item, _ in chunk) for chunk in chunked(work, lambda each: each[1])]
    crew = PlayedCrew(arguments.workers, arguments.life * 3600, seed)
    supervisor = Supervisor(
        crew, most_workers=arguments.workers, patience_s=3600, clock=lambda: crew.now_s
    )
    began_s = time.process_time()
    recorded = sum(len(records) for records in supervisor.run(chunks))
    driver_s = time.process_time() - began_s
    if recorded != arguments.pictures:
        raise RuntimeError(f"{recorded} records of {arguments.pictures} pictures")
    ideal_s = sum(float(item.source) for item, _ in work) / arguments.workers
    return {
        "chunks": len(chunks),
        "pictures_a_chunk": round(arguments.pictures / len(chunks), 1),
        "whole_s": round(crew.now_s, 1),
        "ideal_s": round(ideal_s, 1),
        "busy": round(ideal_s / crew.now_s, 4),
        "deaths": crew.deaths,
        "done_twice": round(crew.lost_s / crew.busy_s, 5),
        "driver_cpu_s": round(driver_s, 2),
    }


def main() -> None:
    """Print medians and spread; write them with --out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--second", type=float, default=1.0, help="seconds a median picture takes")
    parser.add_argument("--life", type=float, default=50.0, help="mean hours until a worker dies")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rounds = [simulate(arguments, seed) for seed in range(arguments.rounds)]
    told = {
        name: [statistics.median(values), min(values), max(values)]
        for name in rounds[0]
        for values in [[each[name] for each in rounds]]
    }
    for name, (median, least, most) in told.items():
        print(f"{name:18} {median:g} ({least:g} to {most:g})")
    if arguments.out is not None:
        chosen = {name: value for name, value in vars(arguments).items() if name != "out"}
        content = {"circumstances": circumstances(), "options": chosen, "results": told}
        arguments.out.write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
