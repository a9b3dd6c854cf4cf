"""What the scripts share that kill something: their options, and what becomes of the findings."""

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from timing import circumstances


def killed(
    description: str | None,
    measure: Callable[[Path, int, int, int], dict[str, Any]],
    *,
    kills: int,
    photographs: int,
) -> dict[str, Any]:
    """Kill as often as is asked for, print what was found, and write it where that is asked for.

    Args:
        description: of the script.
        measure: is given an empty folder, and how many photographs, how many kills and which seed.
        kills: by default.
        photographs: by default.

    Returns:
        What `measure` found.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--kills", type=int, default=kills)
    parser.add_argument("--photographs", type=int, default=photographs)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), asked.photographs, asked.kills, asked.seed)
    report = json.dumps({"circumstances": circumstances(), **found}, indent=1)
    print(report)
    if asked.out:
        asked.out.write_text(report + "\n")
    return found
