"""How exactly is a picture of a study seen for one second?

python benchmarks/study/exposure.py [--trials 60] [--out FILE]

A participant in headless Chromium answers a study of 256-pixel pictures by keyboard. What is
counted is what the page logs and the statistics judge: the time between the frame with which
pictures appear and the frame with which they vanish. Run it on an idle machine.
"""

import argparse
import json
import shutil
import sqlite3
import statistics
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PIL import Image
from playwright.sync_api import sync_playwright
from tests.studies import Desk, make_desk, serving
from timing import circumstances

ASKED_MS = 1000.0


def large_desk(place: Path, photographs: int) -> Desk:
    """Make photographs and results of 256 pixels."""
    desk = make_desk(place, photographs=photographs)
    for folder in (desk.photos, *desk.results.values()):
        for file in folder.iterdir():
            with Image.open(file) as small:
                large = small.resize((4 * small.width, 4 * small.height), Image.Resampling.NEAREST)
            large.save(file)
    return desk


def take_part(address: str, trials: int) -> str:
    """Answer a whole session by keyboard; gives the version of the browser."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(address)
        for name in ("I agree and take part", "Load the pictures", "Start"):
            page.get_by_role("button", name=name, exact=True).click()
        for _ in range(trials):
            page.locator(".question.asked").wait_for()
            page.keyboard.press("ArrowLeft")
            page.locator(".question.asked").wait_for(state="detached")
        version = f"Chromium {browser.version}, headless"
        browser.close()
    return version


def logged(study: Path) -> list[tuple[float, float]]:
    """Read (exposure, frame) in milliseconds of every trial."""
    query = "SELECT exposure_ms, json_extract(screen, '$.frame_ms') FROM answers"
    with closing(sqlite3.connect(study / "study.sqlite")) as connection:
        return connection.execute(query).fetchall()


def summary(exposures: list[tuple[float, float]]) -> dict[str, Any]:
    """Say how far exposures are off."""
    off = [abs(exposure - ASKED_MS) for exposure, _ in exposures]
    frame_ms = statistics.median(frame for _, frame in exposures)
    return {
        "trials": len(off),
        "frame_ms": round(frame_ms, 2),
        "within_a_frame_percent": round(100 * sum(x <= frame_ms for x in off) / len(off), 1),
        "median_ms": round(statistics.median(exposure for exposure, _ in exposures), 2),
        "off_median_ms": round(statistics.median(off), 2),
        "off_worst_ms": round(max(off), 2),
        "off_by_100_ms_percent": round(100 * sum(x > 100 for x in off) / len(off), 1),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=60)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        desk = large_desk(Path(place), arguments.trials)
        study = desk.create(practice=0, test=arguments.trials, vigilance=0.0, size=256)
        with serving(study) as (address, _):
            browser = take_part(address, arguments.trials)
        found = {**summary(logged(study)), "browser": browser, "circumstances": circumstances()}
    print(json.dumps(found, indent=1))
    if arguments.out:
        arguments.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
