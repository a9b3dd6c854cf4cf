"""How many pictures `photochrom audit score` scores in a second, at 256 pixels on two cores.

Run ``python benchmarks/audit/speed.py``; writes benchmarks/results/audit.json. The pictures are
seeded synthetic ones, stored as JPEG; what is timed is the command's own path from file to numbers,
with detectors alone, with an auditor (``--auditor``, else the package's own if there is one), and
with the built-in model's second opinion. The target is 20 a second with detectors and auditor.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Final

from faults import synthetic

from photochrom.audit.auditor import shipped_auditors
from photochrom.audit.score import AuditRequest, score
from photochrom.models.registry import DEFAULT_MODEL
from photochrom.picture.libvips import array_to_image

sys.path.append(str(Path(__file__).resolve().parent.parent))  # timing.py serves all benchmarks

from timing import ROOT, circumstances, side_by_side

PICTURES: Final = 100
SIDE: Final = 256
JOBS: Final = 2
TARGET: Final = 20.0


def main() -> None:
    """Time all ways in turn, print rates, write them down."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--auditor", help="name or file")
    asked = parser.parse_args().auditor
    auditor = asked or (DEFAULT_MODEL if DEFAULT_MODEL in shipped_auditors() else None)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(PICTURES):
            image = array_to_image(synthetic(number, SIDE))
            image.write_to_file(f"{folder}/{number}.jpg", Q=95)
        requests = {"detectors": AuditRequest(paths=[Path(folder)], jobs=JOBS)}
        if auditor is not None:
            requests["detectors, auditor"] = AuditRequest(
                paths=[Path(folder)], auditor=auditor, jobs=JOBS
            )
        requests["all, with a second opinion"] = AuditRequest(
            paths=[Path(folder)], auditor=auditor, model=DEFAULT_MODEL, jobs=JOBS
        )
        tasks = {name: (lambda request=each: score(request)) for name, each in requests.items()}
        timings = side_by_side(tasks)
    rates = {
        name: [PICTURES / s for s in (t.median_s, t.slowest_s, t.fastest_s)]
        for name, t in timings.items()
    }
    for name, (median, slowest, fastest) in rates.items():
        print(f"{name}: {median:.1f} pictures/s ({slowest:.1f} to {fastest:.1f})")
    judged = rates.get("detectors, auditor", rates["detectors"])[0]
    print(f"target {TARGET:.0f} pictures/s: {'met' if judged >= TARGET else 'missed'}")
    result = {
        "circumstances": circumstances(),
        "pictures": PICTURES,
        "side_px": SIDE,
        "jobs": JOBS,
        "auditor": auditor,
        "target": TARGET,
        "pictures_per_second": {n: [round(r, 2) for r in each] for n, each in rates.items()},
    }
    path = ROOT / "benchmarks" / "results" / "audit.json"
    path.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
