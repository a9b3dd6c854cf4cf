"""Thirty-two clients at once, a slider that moves, a drop: is anything lost, what it takes.

Run: python benchmarks/studio.py [--rounds 4] [--out FILE]
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from urllib.request import Request, urlopen

import numpy as np
import psutil
import pyvips
from PIL import Image
from timing import circumstances

from photochrom.studio.darkroom import SCREEN

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


@contextmanager
def served() -> Iterator[tuple[str, psutil.Process]]:
    """Run a studio as a person starts it; gives where its API is, and its process."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "photochrom", "studio", "--no-open", "--port", "0"]
        command += ["--folder", place]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            address = next(iter(server.stdout or ())).split()[1]
            yield f"{address}api/v1", psutil.Process(server.pid)
            server.terminate()


def reply(address: str, sent: bytes | None = None) -> bytes:
    """Ask with POST when something is sent, else with GET."""
    with urlopen(Request(address, data=sent)) as answer:  # noqa: S310
        content: bytes = answer.read()
    return content


def first_color(sides: Sequence[int] = (600, 1600, 5000)) -> dict[str, object]:
    """Drop photographs, each on a studio that is new; seconds until each is seen in color."""
    seconds = {}
    for side in sides:
        sent = photograph(side, side)
        with served() as (api, _):
            begun = time.perf_counter()
            identity = json.loads(reply(f"{api}/photographs?name=a.png", sent))["id"]
            one = f"{api}/photographs/{identity}"
            while json.loads(reply(one))["state"] != "done":
                time.sleep(0.02)
            headers = {"Content-Type": "application/json"}
            with urlopen(Request(f"{one}/color?side=1000", b"{}", headers)) as shown:  # noqa: S310
                shown.read()
            seconds[side] = round(time.perf_counter() - begun, 2)
    return {"px_and_seconds": seconds}


def large(side: int = 14142) -> dict[str, object]:
    """Bring a gray TIFF of 200 megapixels; seconds until in color, then to save it; peak memory."""
    noise = pyvips.Image.gaussnoise(side, side, mean=128, sigma=30).cast("uchar")
    sent = noise.copy(interpretation="b-w").write_to_buffer(".tif")
    with served() as (api, process):
        begun = time.perf_counter()
        one = f"{api}/photographs/{json.loads(reply(f'{api}/photographs?name=a.tif', sent))['id']}"
        most = 0
        while json.loads(reply(one))["state"] != "done":
            most = max(most, process.memory_info().rss >> 20)
            time.sleep(0.1)
        colored = time.perf_counter()
        with ThreadPoolExecutor(1) as pool:
            saving = pool.submit(reply, f"{one}/save", b"")
            while not saving.done():
                most = max(most, process.memory_info().rss >> 20)
                time.sleep(0.1)
        ended = time.perf_counter()
    seconds = {"color_s": colored - begun, "save_s": ended - colored}
    return {"bytes": len(sent), "memory_mib": most, **{k: round(v, 1) for k, v in seconds.items()}}


def clients(rounds: int) -> dict[str, object]:
    """Let everybody send at once, round after round; measure memory after each."""
    with served() as (api, process):

        def ask(seed: int) -> bool:
            sent = photograph(seed, SIDE)
            return is_its_own(sent, reply(f"{api}/colorize", sent))

        right, memory_mib = 0, []
        with ThreadPoolExecutor(CLIENTS) as pool:
            for each in range(rounds):
                seeds = range(each * CLIENTS, (each + 1) * CLIENTS)
                right += sum(pool.map(ask, seeds))
                memory_mib.append(process.memory_info().rss >> 20)
    return {"asked": rounds * CLIENTS, "right": right, "memory_mib": memory_mib}


MOVES: dict[str, Callable[[float], dict[str, float]]] = {
    "strength": lambda part: {"saturation": 0.5 + part},
    "warmth": lambda part: {"warmth": 2 * part - 1},
    "boldness": lambda part: {"temperature": 0.1 + part},
}


def slider(moves: int = 21) -> dict[str, object]:
    """Move sliders at the size of a screen; ms from asking to the picture, and CPU ms a move."""
    found: dict[str, object] = {"px": SCREEN}
    with served() as (api, process):
        sent = photograph(1, SCREEN)
        one = f"{api}/photographs/{json.loads(reply(f'{api}/photographs?name=a.png', sent))['id']}"
        while json.loads(reply(one))["state"] != "done":
            time.sleep(0.02)
        time.sleep(2)  # until colors are tabulated
        for name, adjusted in MOVES.items():
            taken_ms, begun_cpu = [], sum(process.cpu_times()[:2])
            for each in range(moves):
                asked = json.dumps(adjusted(each / moves)).encode()
                headers = {"Content-Type": "application/json"}
                begun = time.perf_counter()
                request = Request(f"{one}/color?side={SCREEN}", asked, headers)  # noqa: S310
                with urlopen(request) as shown:  # noqa: S310
                    shown.read()
                taken_ms.append(1000 * (time.perf_counter() - begun))
            cpu_ms = 1000 * (sum(process.cpu_times()[:2]) - begun_cpu) / moves
            low, _, high = quantiles(taken_ms, n=4)
            told = {"ms": median(taken_ms), "low": low, "high": high, "cpu_ms": cpu_ms}
            found[name] = {key: round(value, 1) for key, value in told.items()}
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found = {
        "circumstances": circumstances(),
        "clients": clients(asked.rounds),
        "slider": slider(),
        "first_color": first_color(),
        "large": large(),
    }
    text = json.dumps(found, indent=1)
    print(text)
    if asked.out:
        asked.out.write_text(text + "\n", encoding="utf-8")
