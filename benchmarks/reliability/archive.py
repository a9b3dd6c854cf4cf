"""Is anything lost or done twice when drivers and workers of an archive are killed?

python benchmarks/reliability/archive.py [--kills 10] [--photographs 60] [--seed 0] [--out FILE]

A listing is colored by two shards at once. At seeded moments one of the drivers, or one of their
worker processes, is killed without warning (SIGKILL); a driver that is gone is started again, until
both shards are done. One photograph kills whatever decodes it (`os._exit`). Then every other one
must have one result, byte for byte that of a run that nobody killed, and every one a final line.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.photographs import save_gray
from timing import circumstances

from photochrom.archive.ledger import lines_in
from photochrom.cli.main import run

SUFFIXES: Final = ("jpg", "png", "tif", "webp")
SHARDS: Final = 2
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


def kill_often(out: Path, listing: Path, kills: int, longest_s: float, seed: int) -> Counter[str]:
    """Kill drivers and workers in turn until there were enough kills, and let all be finished."""
    moment = random.Random(seed)  # noqa: S311 - no secret
    tally: Counter[str] = Counter()
    drivers = {shard: start(out, listing, shard) for shard in range(1, SHARDS + 1)}
    while drivers:
        time.sleep(moment.uniform(0, 4 * longest_s / kills))
        shard = moment.choice(sorted(drivers))
        driver = drivers[shard]
        workers = psutil.Process(driver.pid).children() if driver.poll() is None else []
        if sum(tally.values()) >= kills:
            driver.wait()
        elif tally["drivers"] <= tally["workers"] and driver.poll() is None:
            driver.kill()
            tally["drivers"] += 1
        elif workers:
            workers[0].kill()
            tally["workers"] += 1
        if driver.poll() is None:
            continue
        del drivers[shard]
        if driver.wait() < 0:  # killed, so begun again
            drivers[shard] = start(out, listing, shard)
    return tally


def measure(place: Path, photographs: int, kills: int, seed: int) -> dict[str, Any]:
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
    tally = kill_often(place / "out", listing, kills, longest_s, seed)
    found = checksums(place / "out")
    lines = [told for told in lines_in(place / "out") if "key" in told]
    inputs = Counter(told["input"] for told in lines)
    noted = Counter(told.get("trouble") or told["status"] for told in lines)
    left = list((place / "out").rglob("*.part"))
    return {
        "photographs": photographs,
        "whole_run_s": round(longest_s, 1),
        "kills_of_drivers": tally["drivers"],
        "kills_of_workers": tally["workers"],
        "missing": len(expected.keys() - found.keys()),
        "other_bytes": sum(expected.get(name) != each for name, each in found.items()),
        "without_line": photographs + 1 - len(inputs),
        "with_two_lines": sum(count > 1 for count in inputs.values()),
        "noted": dict(noted),
        "left_over": len(left),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--photographs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), asked.photographs, asked.kills, asked.seed)
    report = {"circumstances": circumstances(), **found}
    print(json.dumps(report, indent=1))
    if asked.out:
        asked.out.write_text(json.dumps(report, indent=1) + "\n")
    losses = ("missing", "other_bytes", "without_line", "with_two_lines", "left_over")
    if any(found[loss] for loss in losses):
        sys.exit("something was lost, or done twice")


if __name__ == "__main__":
    main()
