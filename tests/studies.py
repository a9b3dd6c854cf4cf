"""Small studies made for the tests, and participants who answer them over HTTP."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from photochrom.color.gamut import fit_to_srgb
from photochrom.color.lab import srgb_to_lab
from photochrom.study.create import create_study
from photochrom.study.design.presets import Wishes
from tests.photographs import save_color

ADMIN_TOKEN = "a-token-of-the-tests"  # noqa: S105
SCREEN = {
    "width": 1280,
    "height": 800,
    "pixel_ratio": 1,
    "frame_ms": 16.7,
    "longest_frame_ms": 17.1,
}


def recolor(source: Path, target: Path, strength: float) -> Path:
    """Make a result: the photograph with other chroma on the same lightness."""
    lab = srgb_to_lab((np.asarray(Image.open(source)) / 255).astype(np.float32))
    chroma = np.ascontiguousarray(np.moveaxis(lab[..., 1:] * strength, -1, 0))
    target.parent.mkdir(parents=True, exist_ok=True)
    codes = np.rint(fit_to_srgb(lab[..., 0], chroma) * 255).astype(np.uint8)
    Image.fromarray(codes).save(target)
    return target


@dataclass(frozen=True)
class Desk:
    """Photographs and results to make studies of."""

    place: Path

    @property
    def photos(self) -> Path:
        return self.place / "photos"

    @property
    def results(self) -> dict[str, Path]:
        return {name: self.place / name for name in ("dull", "vivid")}

    def create(self, *, preset: str = "cic", **wishes: Any) -> Path:
        """Make a study of two practice, four test, and one vigilance trial."""
        usual = {"practice": 2, "test": 4, "size": 64}
        study = self.place / f"study-{len(list(self.place.iterdir()))}"
        create_study(
            self.photos,
            self.results,
            out=study,
            preset=preset,
            wishes=Wishes(**{**usual, **wishes}),
        )
        return study


def make_desk(place: Path, *, photographs: int = 9) -> Desk:
    """Save photographs of several shapes, and two results of each."""
    desk = Desk(place)
    for number in range(photographs):
        name = f"{number:03}.png"
        photo = save_color(desk.photos / name, seed=10 * number)
        if number % 2:
            Image.open(photo).transpose(Image.Transpose.ROTATE_90).save(photo)
        for model, strength in (("dull", 0.5), ("vivid", 1.4)):
            recolor(photo, desk.place / model / name, strength)
    return desk


def copy_of(study: Path, place: Path) -> Path:
    """Copy a study, to answer or to spoil it."""
    return Path(shutil.copytree(study, place / "study"))


def response(visit: str, trial: int, choice: str = "left", **more: object) -> dict[str, object]:
    """What a page says of one trial."""
    usual = {"reaction_ms": 640.5, "exposure_ms": 1000.0, "hidden": False, "screen": SCREEN}
    return {"visit": visit, "trial": trial, "choice": choice, **usual, **more}


Ask = Callable[..., Any]


def answer_all(
    ask: Ask, choose: Callable[[int], str] = lambda _: "left", **more: object
) -> list[Mapping[str, Any]]:
    """Answer a session from where it stands to its end; gives what the server told each time.

    Args:
        ask: posts JSON to a path and gives the JSON that comes back.
        choose: gives the choice at a trial.
        more: what differs in every answer.
    """
    visit = ask("/api/visit", {})
    told, current = [], visit["next"]
    while current is not None:
        number = current["trial"]
        told.append(ask("/api/answer", response(visit["visit"], number, choose(number), **more)))
        current = told[-1]["next"]
    return told


@contextmanager
def serving(study: Path, port: int = 0) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Serve a study as a user would; gives the address for participants and the process."""
    command = [sys.executable, "-m", "photochrom", "study", "serve", str(study)]
    command += ["--port", str(port), "--admin-token", ADMIN_TOKEN]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        try:
            assert run.stdout is not None
            line = run.stdout.readline()
            assert line.startswith("participants: "), line
            yield line.split()[1], run
        finally:
            run.terminate()
            run.communicate()
