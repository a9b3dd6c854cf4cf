"""Is anything lost when `photochrom colorize FOLDER` is killed?

python benchmarks/reliability/killed.py [--kills 150] [--seed 0] [--out FILE]

A folder is colorized by a process that is killed without warning (SIGKILL) at seeded moments after
its start, and started again, until all is done; then anew, until there were as many kills. After
every kill each result must be whole, byte for byte that of a run that nobody killed, and every
photograph as it was. When a run ends by itself, nothing else may lie in the folder of results.
"""

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from killing import killed
from PIL import Image
from tests.photographs import save_gray

SUFFIXES: Final = ("jpg", "png", "tif", "webp")
SIDES: Final = (450, 600)


def start(album: Path, results: Path) -> "subprocess.Popen[bytes]":
    """Begin or go on."""
    command = [sys.executable, "-m", "photochrom", "colorize", str(album), "-o", str(results)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def checksums(folder: Path) -> dict[str, str]:
    """Read every picture that can be seen in a folder."""
    paths = folder.glob("[!.]*.*") if folder.exists() else ()
    return {path.name: _checksum(path) for path in paths if path.suffix[1:] in SUFFIXES}


def _checksum(path: Path) -> str:
    """Sum up the length and the pixels of a picture; what cannot be decoded is like no other."""
    try:
        with Image.open(path) as picture:
            pixels = picture.tobytes()
    except OSError as error:
        return f"{path.name}: {error}"
    return f"{path.stat().st_size} {sha256(pixels).hexdigest()}"


def leftovers(results: Path) -> list[str]:
    """List what is neither result nor manifest."""
    known = {*checksums(results), "photochrom.jsonl"}
    return sorted(path.name for path in results.iterdir() if path.name not in known)


def measure(place: Path, photographs: int, kills: int, seed: int) -> dict[str, int | float]:
    """Kill, look, and go on."""
    album, whole, results = place / "album", place / "whole", place / "results"
    for number in range(photographs):
        suffix = SUFFIXES[number % len(SUFFIXES)]
        save_gray(album / f"{number:02}.{suffix}", seed=number, size=SIDES)
    originals = checksums(album)
    began = time.perf_counter()
    if start(album, whole).wait() != 0:
        raise RuntimeError("the folder cannot be colorized at all")
    longest_s = time.perf_counter() - began
    expected = checksums(whole)
    moment = random.Random(seed)  # noqa: S311 - no secret
    tally = Counter(dict.fromkeys(("kills", "midway", "runs", "half", "lost", "left", "failed"), 0))
    while tally["kills"] < kills:
        before = checksums(results)
        process = start(album, results)
        try:
            status = process.wait(moment.uniform(0.1, longest_s))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
        found = checksums(results)
        tally["half"] += sum(expected.get(name) != content for name, content in found.items())
        tally["lost"] += len(before.keys() - found) + (checksums(album) != originals)
        if status is None:
            tally["kills"] += 1
            tally["midway"] += 0 < len(found) < photographs
            continue
        tally["runs"] += 1
        tally["failed"] += status != 0
        tally["lost"] += len(expected.keys() - found)
        tally["left"] += len(leftovers(results))
        shutil.rmtree(results)
    return {**tally, "photographs": photographs, "whole_run_s": round(longest_s, 1)}


def main() -> None:
    """Measure and print."""
    found = killed(__doc__, measure, kills=150, photographs=24)
    if any(found[loss] for loss in ("half", "lost", "left", "failed")):
        sys.exit("something was lost")


if __name__ == "__main__":
    main()
