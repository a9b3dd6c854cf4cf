"""What a film costs beside decoding and coding it; and whether it stays in step.

A film of 640 x 480 is made of photographs that move, with grain, in four scenes. Two more, tiny, of
any length, of 30000/1001 and of a variable rate with sound, are checked frame by frame and packet
by packet.

    python benchmarks/film/speed.py [--frames N] [--minutes M] [--model NAME|FILE] [--out FILE.json]
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from skimage import data

from photochrom.engine.colorizer import Colorizer
from photochrom.film.colorize import colorize_clip
from photochrom.film.settings import FilmOptions
from photochrom.picture.pixels import resize
from photochrom.texts import json_page

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from timing import circumstances

U8 = NDArray[np.uint8]
HEIGHT, WIDTH = 480, 640
NTSC = Fraction(30000, 1001)


def moving(frames: int) -> Iterator[U8]:
    """Give gray frames of four scenes, with grain."""
    rng = np.random.default_rng(0)
    for number in range(frames):
        scene, place = divmod(number, -(-frames // 4))
        if place == 0:
            photograph = [data.astronaut, data.chelsea, data.coffee, data.rocket][scene]()
            large = resize(photograph, HEIGHT * 3 // 2, WIDTH * 3 // 2) @ [0.299, 0.587, 0.114]
        part = large[place % 200 :, 2 * place % 300 :][:HEIGHT, :WIDTH]
        yield np.clip(part + rng.normal(0, 3, part.shape), 0, 255).astype(np.uint8)


def tiny(frames: int) -> Iterator[U8]:
    """Give frames of 48 x 32 that change."""
    for number in range(frames):
        yield np.full((32, 48), number % 200 + 20, np.uint8)


def write(path: Path, frames: Iterator[U8], times: list[int], *, sound: bool) -> None:
    """Write a film; times in steps of 1/30000 of a second."""
    with av.open(str(path), "w") as container:
        video: Any = container.add_stream("libx264", rate=NTSC)
        video.height, video.width = (32, 48) if sound else (HEIGHT, WIDTH)
        video.codec_context.time_base = Fraction(1, 30000)
        video.codec_context.options = {"crf": "17", "preset": "medium"}
        audio = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        for pts, gray in zip(times, frames, strict=True):
            frame = av.VideoFrame.from_ndarray(gray, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = pts, Fraction(1, 30000)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            for number in range(times[-1] * 48 // 30 // 1024):
                block = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
                block.sample_rate, block.pts = 48000, 1024 * number
                block.time_base = Fraction(1, 48000)
                container.mux(audio.encode(block))
            container.mux(audio.encode(None))


def decode_and_code(source: Path, target: Path) -> None:
    """Do all but coloring, with the same encoder."""
    with av.open(str(source)) as film:
        frames = (frame.to_ndarray(format="gray") for frame in film.decode(video=0))
        count = film.streams.video[0].frames
        write(target, frames, [1001 * number for number in range(count)], sound=False)


def measured(work: Callable[[], object], frames: int) -> dict[str, float]:
    """Give milliseconds of all cores and of the clock for a frame."""
    cpu, clock = time.process_time(), time.monotonic()
    work()
    cpu, clock = time.process_time() - cpu, time.monotonic() - clock
    return {"cpu_ms": round(1000 * cpu / frames, 1), "clock_ms": round(1000 * clock / frames, 1)}


def told(path: Path) -> tuple[list[Fraction], list[bytes]]:
    """Give the times of all frames, and the packets of sound."""
    times, sound = [], []
    with av.open(str(path)) as film:
        for packet in film.demux():
            if packet.size and packet.stream.type == "video":
                times.append(packet.pts * packet.time_base)
            elif packet.size:
                sound.append(bytes(packet))
    return sorted(times), sound


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="autochrome")
    parser.add_argument("--frames", type=int, default=240)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    colorizer = Colorizer(asked.model)
    found: dict[str, object] = {"circumstances": circumstances(), "frames": asked.frames}
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        source, count = place / "film.mp4", asked.frames
        write(source, moving(count), [1001 * number for number in range(count)], sound=False)
        found["decode and code"] = measured(lambda: decode_and_code(source, place / "a.mp4"), count)
        results: list[Any] = []

        def color() -> None:
            target = place / "b.mp4"
            results.append(colorize_clip(source, target, colorizer, options=FilmOptions()))

        found["film"] = measured(color, count) | {"seen": results[0].seen}
        count = round(asked.minutes * 60 * NTSC)
        rng = np.random.default_rng(0)
        varied = np.cumsum(rng.integers(500, 1502, count)).tolist()
        for rate, times in (("30000/1001", [1001 * n for n in range(count)]), ("variable", varied)):
            source, target = place / "tiny.mp4", place / "tiny-color.mp4"
            write(source, tiny(count), times, sound=True)
            colorize_clip(source, target, colorizer, options=FilmOptions(force=True))
            before, after = told(source), told(target)
            late = max(abs(one - two) for one, two in zip(before[0], after[0], strict=True))
            found[rate] = {
                "frames": len(after[0]),
                "frames as before": len(before[0]) == len(after[0]),
                "latest_s": float(late),
                "packets of sound": len(after[1]),
                "sound as before": before[1] == after[1],
            }
    found["largest_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json_page(found))
    if asked.out:
        asked.out.write_text(json_page(found))


if __name__ == "__main__":
    main()
