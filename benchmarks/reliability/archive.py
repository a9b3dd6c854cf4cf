"""Is anything lost or done twice when drivers and workers of an archive are killed?

python benchmarks/reliability/archive.py [--kills 10] [--photographs 60] [--seed 0] [--out FILE]

A listing is colored by two shards at once. At seeded moments one of the drivers, or one of their
worker processes, is killed without warning (SIGKILL); a driver that is gone is started again, until
both shards are done; then all anew, until there were as many kills. One photograph kills whatever
decodes it (`os._exit`). Then every other one must have one result, byte for byte that of a run that
nobody killed, and every one a final line.
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Final

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from killing import killed
from tests.photographs import save_gray

from photochrom.archive.ledger import lines_in
from photochrom.cli.main import run

SUFFIXES: Final = ("jpg", "png", "tif", "webp")
SHARDS: Final = 2
COUNTED: Final = (
    *("drivers", "workers", "rounds", "crashes"),
    *("missing", "other_bytes", "without_line", "with_two_lines", "left_over"),
)
LONGEST_PEACE_S: Final = 20.0
POISON: Final = """
import os
from photochrom.engine.colorizer import Colorizer

color = Colorizer.colorize_file

def poisoned(self, source, target, **options):
    if "fatal" in source.name:
        os._exit(139)
    return color(self, source, target, **options)

Colorizer.colorize_file = poisoned
"""


def start(out: Path, listing: Path, shard: int | None) -> "subprocess.Popen[bytes]":
    """Begin or go on, by one worker process."""
    words = ["colorize", "--listing", str(listing), "-o", str(out), "--jobs", "1"]
    words += [] if shard is None else ["--shard", f"{shard}/{SHARDS}"]
    command = [sys.executable, "-m", "photochrom", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def checksums(out: Path) -> dict[str, str]:
    """Sum up every result."""
    paths = [path for path in out.rglob("*") if path.suffix[1:] in SUFFIXES]
    return {str(path.relative_to(out)): sha256(path.read_bytes()).hexdigest() for path in paths}


def kill_often(
    out: Path, listing: Path, tally: Counter[str], kills: int, moment: random.Random
) -> None:
    """Kill drivers and workers in turn, and go on until both shards are done."""
    drivers = {shard: start(out, listing, shard) for shard in range(1, SHARDS + 1)}
    while drivers:
        time.sleep(moment.uniform(0, LONGEST_PEACE_S))
        shard = moment.choice(sorted(drivers))
        driver = drivers[shard]
        workers = psutil.Process(driver.pid).children() if driver.poll() is None else []
        if tally["drivers"] + tally["workers"] >= kills:
            driver.wait()
        elif tally["drivers"] <= tally["workers"] and driver.poll() is None:
            driver.kill()
            tally["drivers"] += 1
        elif workers:
            workers[0].kill()
            tally["workers"] += 1
        if driver.poll() is None:
            continue  # also one that was killed just now: next time
        del drivers[shard]
        if driver.returncode < 0:
            drivers[shard] = start(out, listing, shard)


def measure(place: Path, photographs: int, kills: int, seed: int) -> dict[str, float]:
    """Color once in peace and once with kills, and compare."""
    (place / "poison").mkdir()
    (place / "poison" / "sitecustomize.py").write_text(POISON)
    paths = [str(place / "poison"), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    album, listing = place / "album", place / "all.jsonl"
    for number in range(photographs):
        suffix = SUFFIXES[number % len(SUFFIXES)]
        save_gray(album / f"{number % 7}" / f"{number:03}.{suffix}", seed=number, size=(300, 400))
    save_gray(album / "fatal.png")
    if run(["list", str(album), "-o", str(listing)]) != 0:
        raise RuntimeError("the photographs cannot be listed")
    began = time.perf_counter()
    start(place / "whole", listing, None).wait()
    longest_s = time.perf_counter() - began
    expected = checksums(place / "whole")
    tally: Counter[str] = Counter()
    moment = random.Random(seed)  # noqa: S311 - no secret
    while tally["drivers"] + tally["workers"] < kills:
        tally["rounds"] += 1
        out = place / f"out-{tally['rounds']}"
        kill_often(out, listing, tally, kills, moment)
        found = checksums(out)
        lines = [told for told in lines_in(out) if "key" in told]
        inputs = Counter(told["input"] for told in lines)
        tally["missing"] += len(expected.keys() - found.keys())
        tally["other_bytes"] += sum(expected.get(name) != each for name, each in found.items())
        tally["without_line"] += photographs + 1 - len(inputs)
        tally["with_two_lines"] += sum(count > 1 for count in inputs.values())
        tally["crashes"] += sum(told.get("trouble") == "crash" for told in lines)
        tally["left_over"] += len(list(out.rglob("*.part")))
    return {
        "photographs": photographs,
        "whole_run_s": round(longest_s, 1),
        **{name: tally[name] for name in COUNTED},
    }


def main() -> None:
    """Measure and print."""
    found = killed(__doc__, measure, kills=10, photographs=60)
    if any(found[loss] for loss in COUNTED[4:]):
        sys.exit("something was lost, or done twice")


if __name__ == "__main__":
    main()
