"""What importing and using a published network costs, with random weights of its names and shapes.

For every name: bytes before and after, processor seconds and memory of `photochrom models import`,
how closely ONNX Runtime repeated torch, and one `photochrom colorize` of a JPEG of 12 megapixels
on one core, starting included; of the built-in model that alone. Processor seconds, as they depend
less on what else runs; a busy neighbor makes them longer, too.
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
from photochrom.models.registry import DEFAULT_MODEL

NETWORKS = {network.name: (kind, network) for kind, each in KINDS.items() for network in each}
SHAPE = (3000, 4000)
PHOTOCHROM = (sys.executable, "-m", "photochrom")
MEASURED = (
    "import resource, subprocess, sys, json; subprocess.run(sys.argv[1:], check=True,"
    " stdout=sys.stderr); used = resource.getrusage(resource.RUSAGE_CHILDREN);"
    " print(json.dumps([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))"
)


def main() -> None:
    """Measure, print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=[DEFAULT_MODEL, *NETWORKS], metavar="NAME")
    parser.add_argument("--rounds", type=int, default=3, help="colorizations, slowest last")
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
    with tempfile.TemporaryDirectory() as folder:
        photograph = save_gray(Path(folder, "gray.jpg"), size=SHAPE)
        if name == DEFAULT_MODEL:
            return colorized(name, photograph, rounds)
        kind, network = NETWORKS[name]
        checkpoint, model = Path(folder, "weights.pth"), Path(folder, "model.onnx")
        run_apart(checkpoint, name)
        brought = used([*PHOTOCHROM, "models", "import", "--as", kind, "-o", model, checkpoint])
        sizes = checkpoint.stat().st_size, model.stat().st_size
        checkpoint.unlink()
        return {
            "checkpoint_bytes": sizes[0],
            "model_bytes": sizes[1],
            "working_size": network.working_size,
            "import_cpu_s": round(brought[0], 1),
            "import_mib": round(brought[1]),
            "agreement": brought[2].rpartition(" agree within ")[2],
        } | colorized(model, photograph, rounds)


def colorized(model: str | Path, photograph: Path, rounds: int) -> dict[str, Any]:
    """Colorize a photograph some times over."""
    command = [*PHOTOCHROM, "colorize", "--force", "--model", model, photograph]
    each = sorted(used(command) for _ in range(rounds))
    return {
        "colorize_cpu_s": [round(seconds, 2) for seconds, _, _ in each],
        "colorize_mib": round(max(memory for _, memory, _ in each)),
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


def used(command: list[str | Path]) -> tuple[float, float, str]:
    """Run a command; its processor seconds, its largest memory in MiB, and what it said last."""
    words = [sys.executable, "-c", MEASURED, *map(str, command)]
    run = subprocess.run(words, check=True, capture_output=True, text=True)
    seconds, memory = json.loads(run.stdout.strip().splitlines()[-1])
    return float(seconds), float(memory), run.stderr.strip().rpartition("\n")[2]


if __name__ == "__main__":
    main()
