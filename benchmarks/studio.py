"""Thirty-two clients at once, and a slider that moves: is anything lost or mixed up, what it takes.

Run: python benchmarks/studio.py [--rounds 4] [--out FILE]
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from urllib.request import Request, urlopen

import numpy as np
import psutil
from PIL import Image
from timing import circumstances

from photochrom.engine.colorizer import Colorizer
from photochrom.studio.adjustments import Adjustments
from photochrom.studio.darkroom import SCREEN, Darkroom
from photochrom.studio.models import Models
from photochrom.studio.shown import encoded

CLIENTS = 32
SIDE = 600


def photograph(seed: int, side: int) -> bytes:
    """Soft shapes, no two alike."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (9, 9), dtype=np.uint8))
    data = io.BytesIO()
    small.resize((side, side), Image.Resampling.BICUBIC).save(data, "PNG")
    return data.getvalue()


def is_its_own(sent: bytes, got: bytes) -> bool:
    """Whether an answer has the lightness of what was sent."""
    gray, color = (np.asarray(Image.open(io.BytesIO(each)).convert("L")) for each in (sent, got))
    return bool(np.corrcoef(gray.ravel(), color.ravel())[0, 1] > 0.95)


def clients(rounds: int) -> dict[str, object]:
    """Let everybody send at once, round after round; measure memory after each."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "photochrom", "studio", "--no-open", "--port", "0"]
        command += ["--folder", place]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            address = next(iter(server.stdout or ())).split()[1]

            def ask(seed: int) -> bool:
                sent = photograph(seed, SIDE)
                asked = Request(f"{address}api/v1/colorize", data=sent, method="POST")  # noqa: S310
                with urlopen(asked) as reply:  # noqa: S310
                    return is_its_own(sent, reply.read())

            right, memory_mib = 0, []
            with ThreadPoolExecutor(CLIENTS) as pool:
                for each in range(rounds):
                    seeds = range(each * CLIENTS, (each + 1) * CLIENTS)
                    right += sum(pool.map(ask, seeds))
                    memory_mib.append(psutil.Process(server.pid).memory_info().rss >> 20)
            server.terminate()
    return {"asked": rounds * CLIENTS, "right": right, "memory_mib": memory_mib}


def slider(moves: int = 21) -> dict[str, object]:
    """Move the strength of one photograph at the size of a screen; CPU time a move."""
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "photograph.png"
        source.write_bytes(photograph(1, SCREEN))
        room = Darkroom(Models(Colorizer(), Path(place)))
        begun = time.process_time()
        room.color(source, Adjustments(), SCREEN)
        first_ms = 1000 * (time.process_time() - begun)
        taken_ms = []
        for each in range(moves):
            begun = time.process_time()
            encoded(room.color(source, Adjustments(saturation=0.5 + each / moves), SCREEN))
            taken_ms.append(1000 * (time.process_time() - begun))
    low, _, high = quantiles(taken_ms, n=4)
    rounded = {"cpu_ms": median(taken_ms), "low": low, "high": high, "first_cpu_ms": first_ms}
    return {"px": SCREEN, **{name: round(value, 1) for name, value in rounded.items()}}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found = {"clients": clients(asked.rounds), "slider": slider(), **circumstances()}
    text = json.dumps(found, indent=1)
    print(text)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")
