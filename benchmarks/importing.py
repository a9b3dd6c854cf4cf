"""What importing and using a published network costs, with random weights of its names and shapes.

For every name: bytes before and after, processor seconds and memory of `photochrom models import`,
and of one `photochrom colorize` of a photograph of 1200 x 900 pixels on one core. Processor
seconds, as they depend less on what else runs; a busy neighbor makes them longer, too.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from timing import ROOT, circumstances

sys.path.insert(0, str(ROOT))

from tests.photographs import save_gray
from tests.published_weights import seeded_weights

from photochrom.lab.importing.kinds import KINDS

NETWORKS = {network.name: (kind, network) for kind, each in KINDS.items() for network in each}
SHAPE = (900, 1200)
PHOTOCHROM = (sys.executable, "-m", "photochrom")
MEASURED = (
    "import resource, subprocess, sys, json; subprocess.run(sys.argv[1:], check=True,"
    " stdout=subprocess.DEVNULL); used = resource.getrusage(resource.RUSAGE_CHILDREN);"
    " print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))"
)


def main() -> None:
    """Measure, print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=list(NETWORKS), metavar="NAME")
    parser.add_argument("--rounds", type=int, default=3, help="colorizations, the median counts")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # one core: ONNX Runtime asks for it
    facts, rows = circumstances(), {}
    for name in asked.names:
        rows[name] = measure(name, asked.rounds)
        print(name, rows[name], flush=True)
    if asked.out:
        asked.out.write_text(
            json.dumps({"circumstances": facts, "networks": rows}, indent=1) + "\n"
        )


def measure(name: str, rounds: int) -> dict[str, Any]:
    """Import one network and colorize with it."""
    kind, network = NETWORKS[name]
    with tempfile.TemporaryDirectory() as folder:
        checkpoint, model = Path(folder, "weights.pth"), Path(folder, "model.onnx")
        run_apart(checkpoint, name)
        photograph = save_gray(Path(folder, "gray.png"), size=SHAPE)
        brought = used([*PHOTOCHROM, "models", "import", "--as", kind, "-o", model, checkpoint])
        sizes = checkpoint.stat().st_size, model.stat().st_size
        checkpoint.unlink()
        command = [*PHOTOCHROM, "colorize", "--force", "--model", model, photograph]
        colored = sorted(used(command) for _ in range(rounds))
    return {
        "checkpoint_bytes": sizes[0],
        "model_bytes": sizes[1],
        "working_size": network.working_size,
        "import_cpu_s": round(brought[0], 1),
        "import_mib": round(brought[1]),
        "colorize_cpu_s": [round(seconds, 2) for seconds, _ in colored],
        "colorize_mib": round(max(memory for _, memory in colored)),
    }


def run_apart(checkpoint: Path, name: str) -> None:
    """Save seeded weights in a process that gives its memory back."""
    child = os.fork()
    if not child:
        with torch.device("meta"):
            built = NETWORKS[name][1].build()
        torch.save(seeded_weights(built), checkpoint)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit(f"cannot save {checkpoint}")


def used(command: list[str | Path]) -> tuple[float, float]:
    """Run a command; its processor seconds and largest memory in MiB."""
    words = [sys.executable, "-c", MEASURED, *map(str, command)]
    printed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    seconds, memory = json.loads(printed.strip().splitlines()[-1])
    return float(seconds), float(memory)


if __name__ == "__main__":
    main()
