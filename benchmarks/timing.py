"""Measure things side by side: warm-up, several rounds, medians and spread."""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Timing:
    """Seconds: median, fastest and slowest of the rounds."""

    median_s: float
    fastest_s: float
    slowest_s: float

    def __str__(self) -> str:
        return f"{self.median_s:.3f} s ({self.fastest_s:.3f} to {self.slowest_s:.3f})"


def side_by_side(tasks: Mapping[str, Callable[[], Any]], rounds: int = 5) -> dict[str, Timing]:
    """Time tasks in turn, round by round, so that noise of the machine hits all of them alike."""
    for task in tasks.values():
        task()
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            began = time.perf_counter()
            task()
            seconds[name].append(time.perf_counter() - began)
    return {
        name: Timing(statistics.median(values), min(values), max(values))
        for name, values in seconds.items()
    }


def command_seconds(command: Sequence[str], rounds: int = 5) -> Timing:
    """Time a command from outside, after one warm-up."""
    return side_by_side({"it": lambda: run(command)}, rounds)["it"]


def run(command: Sequence[str]) -> None:
    """Run a command quietly; it must succeed."""
    subprocess.run(command, check=True, capture_output=True)


def peak_mib(command: Sequence[str]) -> float:
    """Run a command and measure the largest memory its process held, in MiB."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
        "capture_output=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *command], check=True, capture_output=True, text=True
    )
    return int(result.stdout) / 1024


def circumstances() -> dict[str, Any]:
    """Say where and with what the numbers were made."""
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    names = ("photochrom", "onnxruntime", "pyvips", "numpy", "torch", "scikit-image")
    return {
        "commit": commit.stdout.strip(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in names},
        "load_before": round(os.getloadavg()[0], 2),
    }


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def plain(timings: Mapping[str, Timing]) -> dict[str, Any]:
    """Turn timings into JSON values."""
    return {name: asdict(timing) for name, timing in timings.items()}
