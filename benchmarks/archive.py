"""What an archive costs: a folder on all cores, a picture, a worker's memory, a million names.

python benchmarks/archive.py [--pictures 200] [--rounds 3] [--names N] [--tiny N] [--out FILE]

A folder of photographs of 3 megapixels is colored by one core, by threads of one process, and by a
process per core, in turn. Then one worker process colors photographs of 3 and 12 megapixels: its
CPU seconds do not hang on what else the machine does. As many empty files as asked for are listed,
as JSONL and Parquet, in CPU seconds as well. Last, as many pictures of 16 x 16 are colored from
their listing by one worker, for what is left when pictures cost nothing.
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np
import psutil
import pyvips
from timing import ROOT, circumstances, plain, run, side_by_side

from photochrom.engine.batch.child import Child
from photochrom.engine.batch.chunk import ChunkItem, ChunkOptions
from photochrom.engine.batch.manifest import MANIFEST_NAME

SIZES: Final = {"3 megapixels": (1500, 2000), "12 megapixels": (3000, 4000)}
FOLDER: Final = """
import sys
from pathlib import Path
from photochrom.engine.batch.chunk import ChunkOptions
from photochrom.engine.batch.plan import Planner
from photochrom.engine.batch.run import colorize_many
from photochrom.engine.batch.settings import BatchOptions

album, out, how, jobs = sys.argv[1:]
options, handling = ChunkOptions(), BatchOptions(force=True, jobs=int(jobs))
jobs = Planner(out=Path(out)).plan([Path(album)]).jobs
by = options if how == "processes" else None
report = colorize_many(jobs, options.load(), options=handling, children_by=by)
assert not report.has_failures
"""
LISTING: Final = """
import resource, sys, time
from pathlib import Path
from photochrom.archive.listing import Listing, list_folder, write_listing

root, file = map(Path, sys.argv[1:])
began = time.process_time()
count = write_listing(file, str(root), list_folder(root, print))
listed = time.process_time() - began
assert sum(1 for _ in Listing(file).rows()) == count
read = time.process_time() - began - listed
print(count, listed, read, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def photograph(path: Path, size: tuple[int, int]) -> Path:
    """Write a gray JPEG with the detail of a photograph: the cat, enlarged, with grain."""
    cat = pyvips.Image.new_from_file(str(ROOT / "examples/photographs/cat.jpg"))
    large = cat.resize(size[1] / cat.width, vscale=size[0] / cat.height, kernel="cubic")
    grain = pyvips.Image.gaussnoise(large.width, large.height, sigma=4, mean=0)
    (large + grain).cast("uchar").jpegsave(str(path), Q=92)
    return path


def folders(work: Path, pictures: int, rounds: int) -> dict[str, Any]:
    """Color one folder in three ways."""
    album = work / "album"
    album.mkdir()
    first = photograph(album / "0.jpg", SIZES["3 megapixels"])
    for number in range(1, pictures):
        shutil.copy(first, album / f"{number}.jpg")

    computed: dict[str, list[float]] = {}

    def colorize(how: str, jobs: int, *prefix: str) -> None:
        words = [str(album), str(work / how), how, str(jobs)]
        before = os.times()
        run([*prefix, sys.executable, "-c", FOLDER, *words])
        after = os.times()
        used = after.children_user - before.children_user
        used += after.children_system - before.children_system
        computed.setdefault("one core" if jobs == 1 else how, []).append(used)

    cores = os.cpu_count() or 1
    timings = side_by_side(
        {
            "one core": lambda: colorize("threads", 1, "taskset", "-c", "0"),
            "threads": lambda: colorize("threads", cores),
            "processes": lambda: colorize("processes", cores),
        },
        rounds=rounds,
    )
    alone = timings["one core"].median_s
    gains = {name: round(alone / each.median_s, 2) for name, each in timings.items()}
    return {
        "pictures": pictures,
        "timings": plain(timings),
        "times_one_core": gains,
        "cpu_s_each": {name: round(median(each) / pictures, 2) for name, each in computed.items()},
    }


def cpu_s(process: int) -> float:
    """Read the seconds of computing that a process has used, and its children not."""
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def pictures_of(work: Path, rounds: int) -> dict[str, Any]:
    """Measure what a worker needs for a picture, of which nothing is shared with others."""
    found: dict[str, Any] = {}
    for name, size in SIZES.items():
        source = photograph(work / "one.jpg", size)
        item = ChunkItem(source=str(source), target=str(work / "one-color.jpg"), overwrite=True)
        with Child(ChunkOptions()) as child:
            child.color(item)
            used = []
            for _ in range(rounds):
                before = cpu_s(child.pid or 0)
                record = child.color(item)
                if record.trouble:
                    raise RuntimeError(record.result.reason)
                used.append(cpu_s(child.pid or 0) - before)
            peak = Path(f"/proc/{child.pid}/status").read_text().partition("VmHWM:")[2].split()[0]
        written = (work / "one-color.jpg").stat().st_size
        found[name] = {
            "cpu_s": round(median(used), 3),
            "from_to": [round(min(used), 3), round(max(used), 3)],
            "read_mb": round(source.stat().st_size / 1e6, 2),
            "written_mb": round(written / 1e6, 2),
            "worker_peak_mib": round(int(peak) / 1024),
        }
    return found


def names(work: Path, count: int) -> dict[str, Any]:
    """List empty files, a thousand in a folder."""
    root = work / "names"
    for number in range(count):
        folder = root / f"{number // 1000:04}"
        if number % 1000 == 0:
            folder.mkdir(parents=True)
        os.close(os.open(f"{folder}/{number:07}.jpg", os.O_CREAT))
    found: dict[str, Any] = {}
    for suffix in ("jsonl", "parquet"):
        command = [sys.executable, "-c", LISTING, str(root), str(work / f"all.{suffix}")]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        found[suffix] = {
            "names": int(told[0]),
            "listed_cpu_s": round(float(told[1]), 1),
            "read_cpu_s": round(float(told[2]), 1),
            "peak_mib": round(float(told[3])),
        }
    return found


def tiny(work: Path, count: int) -> dict[str, Any]:
    """Color tiny pictures from their listing: is there a slowdown, and does memory grow?

    Memory is told after a tenth of the time, and at most.
    """
    root, file, out = work / "tiny", work / "tiny.jsonl", work / "tiny-color"
    random = np.random.default_rng(0)
    for number in range(count):
        folder = root / f"{number // 1000:04}"
        folder.mkdir(parents=True, exist_ok=True)
        gray = random.integers(0, 256, (16, 16), np.uint8)
        pyvips.Image.new_from_array(gray).pngsave(f"{folder}/{number:07}.png")
    photochrom = (sys.executable, "-m", "photochrom")
    run([*photochrom, "list", str(root), "-o", str(file)])
    words = ("colorize", "--listing", str(file), "-o", str(out), "--jobs", "1")
    began, memory = time.monotonic(), list[tuple[int, int]]()
    with subprocess.Popen([*photochrom, *words], stdout=subprocess.DEVNULL) as driver:
        process = psutil.Process(driver.pid)
        while driver.poll() is None:
            time.sleep(1)
            with contextlib.suppress(psutil.NoSuchProcess, IndexError):
                both = process, process.children()[0]
                memory.append((both[0].memory_info().rss, both[1].memory_info().rss))
    took_s = time.monotonic() - began
    lines = map(json.loads, filter(str.strip, (out / MANIFEST_NAME).open()))
    elapsed_s = [line["elapsed_s"] for line in lines if line.get("status") == "colorized"]
    tenth = max(1, len(memory) // 10)
    thousand = min(1000, max(1, count // 10))
    return {
        "pictures": len(elapsed_s),
        "took_s": round(took_s),
        "ms_of_first_thousand": round(1000 * median(elapsed_s[:thousand]), 1),
        "ms_of_last_thousand": round(1000 * median(elapsed_s[-thousand:]), 1),
        "driver_mib": [round(each / 2**20) for each in (memory[tenth][0], max(memory)[0])],
        "worker_mib": [
            round(each / 2**20) for each in (memory[tenth][1], max(each for _, each in memory))
        ],
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--names", type=int, default=1_000_000)
    parser.add_argument("--tiny", type=int, default=50_000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    report: dict[str, Any] = {"circumstances": circumstances()}
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        if asked.rounds and asked.pictures:
            report["picture"] = pictures_of(work, 2 * asked.rounds + 1)
            report["folder"] = folders(work, asked.pictures, asked.rounds)
        if asked.names:
            report["listing"] = names(work, asked.names)
        if asked.tiny:
            report["tiny"] = tiny(work, asked.tiny)
    report["circumstances"]["load_after"] = round(os.getloadavg()[0], 2)
    report["took_s"] = round(time.perf_counter() - began)
    print(json.dumps(report, indent=1))
    if asked.out:
        asked.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
