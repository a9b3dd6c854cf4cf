"""How long ``photochrom evaluate`` takes: 1000 pictures at 256 px, three models like the built-in.

Run ``python benchmarks/evaluation.py COLLECTION…``; writes benchmarks/results/evaluation.json.
One run of minutes stands for the five short ones of the other benchmarks.
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from timing import ROOT, circumstances, peak_mib

from photochrom.models.registry import DEFAULT_MODEL, resolve_model

PHOTOCHROM = str(Path(sys.executable).with_name("photochrom"))
PICTURES = 1000
TARGET_S = 360.0


def main() -> None:
    """Time the command from outside and print one line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("collections", nargs="+", type=Path, help="1000 photographs or more")
    collections = parser.parse_args().collections
    facts = circumstances()
    with tempfile.TemporaryDirectory() as folder:
        words = [PHOTOCHROM, "evaluate", "--limit", str(PICTURES), "--out", f"{folder}/report"]
        words += ["--protocol", "stretch-256"]
        words += [word for path in collections for word in ("--photos", str(path))]
        for name in ("one", "two", "three"):
            copy = Path(shutil.copy(resolve_model(DEFAULT_MODEL), f"{folder}/{name}.onnx"))
            words += ["--model", str(copy)]
        began = time.perf_counter()
        memory = peak_mib(words)
        seconds = time.perf_counter() - began
    result = {
        "circumstances": facts,
        "pictures": PICTURES,
        "models": 3,
        "baselines": 3,
        "seconds": round(seconds, 1),
        "peak_mib": round(memory),
        "target_s": TARGET_S,
    }
    path = ROOT / "benchmarks" / "results" / "evaluation.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    verdict = "met" if seconds <= TARGET_S else "missed"
    print(f"{PICTURES} pictures x 3 models: {seconds:.0f} s, target {TARGET_S:.0f} s {verdict}")


if __name__ == "__main__":
    main()
