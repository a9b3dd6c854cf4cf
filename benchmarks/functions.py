"""Count the functions of photochrom that one `photochrom colorize` of one photograph enters.

Run ``python benchmarks/functions.py [SOURCES…]``: for each folder of sources, by default this
copy's, such as the ``src`` of a `git worktree` of another commit. Functions, methods and lambdas
count, in all threads that Python starts, at import as well; bodies of modules and classes,
comprehensions and what dataclasses generate do not. ``--list`` prints them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from timing import ROOT

PHOTOGRAPH: Final = ROOT / "examples" / "photographs" / "cat.jpg"
TRACED: Final = """
import sys, threading
entered = set()
def note(frame, event, argument):
    code = frame.f_code
    if event == "call" and "/photochrom/" in code.co_filename and code.co_flags & 1:
        entered.add(code)
threading.setprofile(note)
sys.setprofile(note)
from photochrom.cli.main import run
status = run(sys.argv[1:])
sys.setprofile(None)
threading.setprofile(None)
for code in entered:
    if code.co_name == "<lambda>" or not code.co_name.startswith("<"):
        name = code.co_filename.split("/photochrom/")[-1]
        print(f"{name}\\t{code.co_firstlineno}\\t{code.co_qualname}", file=sys.stderr)
sys.exit(status)
"""


def entered(sources: Path) -> list[tuple[str, int, str]]:
    """List file, line and name of every function that a run with these sources enters."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["colorize", str(PHOTOGRAPH), "-o", f"{folder}/cat.jpg"]
        done = subprocess.run(
            [sys.executable, "-c", TRACED, *words],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(sources)},
        )
    rows = (line.split("\t") for line in done.stderr.splitlines() if line.count("\t") == 2)
    return sorted((file, int(number), name) for file, number, name in rows)


def main() -> None:
    """Print a line for each folder of sources."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sources", nargs="*", type=Path, default=[ROOT / "src"])
    parser.add_argument("--list", action="store_true", help="print the functions, too")
    asked = parser.parse_args()
    for sources in asked.sources:
        found = entered(sources.resolve())
        files = {file for file, _, _ in found}
        print(f"{sources}: {len(found)} functions in {len(files)} files")
        if asked.list:
            for file, line, name in found:
                print(f"    {file}:{line} {name}")


if __name__ == "__main__":
    main()
