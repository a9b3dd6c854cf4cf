"""Is anything lost when drivers, workers and agents of a Ray cluster are killed?

python benchmarks/reliability/cluster.py [--kills 10] [--photographs 60] [--seed 0] [--out FILE]

An archive, in which every third scan is a copy of the one before, is colorized with `--cluster auto
--dedupe`. At seeded moments, told by how many results there
are, SIGKILL goes in turn to a worker (an actor), to the agent of the node (the raylet) and to the
driver, which is started again when it has ended. At the end every photograph must have one result,
byte for byte that of a run here that nobody killed and nothing was linked in, and one final line in
the manifest.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil
from killing import killed
from tests.photographs import save_gray

VICTIMS: Final = ("worker", "agent", "driver")
PATIENCE_S: Final = 600.0


def start(place: Path, out: str, *words: str) -> "subprocess.Popen[bytes]":
    """Begin or go on."""
    command = [sys.executable, "-m", "photochrom", "colorize", *words, "-o", str(place / out)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": "1700000000"}
    with (place / "log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment)


def results(out: Path) -> dict[str, bytes]:
    """Read every result."""
    return {path.name: path.read_bytes() for path in out.glob("*.jpg")}


def victim(driver: "subprocess.Popen[bytes]", kind: str) -> psutil.Process | None:
    """Find whom to kill among what a driver has started."""
    own = psutil.Process(driver.pid)
    if kind == "driver":
        return own
    name = {"worker": "ray::Hand", "agent": "raylet"}[kind]
    below = [each for each in own.children(recursive=True) if each.name().startswith(name)]
    return below[0] if below else None


def measure(place: Path, photographs: int, kills: int, seed: int) -> dict[str, object]:
    """Kill, go on, and look at the end."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    for number in range(photographs):
        seed = number - (number % 3 == 2)
        save_gray(place / "scans" / f"{number:03}.jpg", seed=seed, size=(150, 200))
    far = ["--cluster", "auto", "--dedupe"]
    listing = ["--listing", str(place / "scans.jsonl")]
    command = [sys.executable, "-m", "photochrom", "list", str(place / "scans"), "-o", listing[1]]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    if start(place, "whole", *listing).wait() != 0:
        raise RuntimeError((place / "log").read_text())
    moments = sorted(dice.sample(range(1, photographs - 1), kills))
    killed: Counter[str] = Counter()
    runs, began_s = 1, time.monotonic()
    driver = start(place, "far", *listing, *far)
    for number, moment in enumerate(moments):
        kind = VICTIMS[number % len(VICTIMS)]
        limit_s = time.monotonic() + PATIENCE_S
        found = None
        while found is None and time.monotonic() < limit_s:
            if driver.poll() is not None:
                driver = start(place, "far", *listing, *far)
                runs += 1
            if len(results(place / "far")) >= moment:
                found = victim(driver, kind)
            time.sleep(0.05)
        if found is None:
            raise RuntimeError(f"nobody to kill: {(place / 'log').read_text()[-2000:]}")
        found.kill()
        killed[kind] += 1
        print(f"{time.monotonic() - began_s:.0f} s: killed a {kind} at {moment}", flush=True)
        if kind == "driver":
            driver.wait()
    while driver.wait() != 0 and runs < 3 * kills:
        driver = start(place, "far", *listing, *far)
        runs += 1
    lines = [
        json.loads(line) for line in (place / "far" / "photochrom.jsonl").open() if line != "\n"
    ]
    final = Counter(line["input"] for line in lines if line.get("status") == "colorized")
    expected, made = results(place / "whole"), results(place / "far")
    return {
        "killed": dict(killed),
        "runs": runs,
        "exit_status": driver.returncode,
        "photographs": photographs,
        "lost": len(expected.keys() - made.keys()),
        "other_bytes": sum(made[name] != content for name, content in expected.items()),
        "final_lines": dict(Counter(final.values())),
        "linked": sum("the same scan as that of" in str(line.get("notes")) for line in lines),
        "crashes": sum(line.get("trouble") == "crash" for line in lines),
        "whole_s": round(time.monotonic() - began_s, 1),
    }


def main() -> None:
    """Measure and print."""
    killed(__doc__, measure, kills=10, photographs=60)


if __name__ == "__main__":
    main()
