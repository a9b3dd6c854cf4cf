"""Tiny films with everything that a film may hold, made when a test needs them."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

HEIGHT, WIDTH = 64, 96
NTSC = Fraction(30000, 1001)
U8 = NDArray[np.uint8]


def waves(number: int) -> U8:
    """A gray frame whose pattern moves two columns to the left with each."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    gray = 128 + 60 * np.sin((columns + 2 * number) / 7) + 50 * np.cos(rows / 9)
    return np.repeat(gray.astype(np.uint8)[..., None], 3, axis=2)


def colored(number: int) -> U8:
    """A frame of all colors, that moves."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    light = 120 + 40 * np.sin(rows / 5)
    waves = [
        np.sin((columns + 2 * number) / 9 + turn) + np.cos(rows / 7 - turn) for turn in range(3)
    ]
    frame = np.stack([light + 45 * wave for wave in waves], axis=-1)
    return np.clip(frame, 0, 255).astype(np.uint8)


def write_film(  # noqa: PLR0913 - each has a default, and a test changes one or two
    path: Path,
    *,
    frames: int = 20,
    look: Callable[[int], U8] = waves,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    times: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 30000),
    sound: str | None = "aac",
    prepare: Callable[[Any, Any], None] = lambda container, video: None,
) -> Path:
    """Write a film.

    Args:
        path: its suffix tells the container.
        frames: how many.
        look: gives (H, W, 3) sRGB of each.
        codec: an encoder of FFmpeg's.
        pixels: the format that it stores.
        times: of the frames, in steps of the time base; by default those of 30000/1001.
        time_base: seconds of a step.
        sound: an encoder, or None for none.
        prepare: may change the container and its video stream before anything is written.
    """
    height, width, _ = look(0).shape
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=NTSC)
        video.width, video.height, video.pix_fmt = width, height, pixels
        video.codec_context.time_base = time_base
        video.codec_context.thread_count = 1  # the same bytes each time
        audio = None if sound is None else container.add_stream(sound, rate=48000, layout="mono")
        prepare(container, video)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(look(number), format="rgb24")
            frame = frame.reformat(format=pixels)
            frame.pts = number * 1001 if times is None else times[number]
            frame.time_base = time_base
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            for block in _tone(frames, audio.format.name):
                container.mux(audio.encode(block))
            container.mux(audio.encode(None))
    return path


def _tone(frames: int, sample_format: str) -> Iterator[Any]:
    for number in range(frames * 1600 // 1024):
        wave = np.sin(np.arange(1024) / 20) * 0.1
        if sample_format.startswith("s16"):
            samples = (wave * 32767).astype(np.int16)
        elif sample_format.startswith("u8"):
            samples = (wave * 127 + 128).astype(np.uint8)
        else:
            samples = wave.astype(np.float32)
        block = av.AudioFrame.from_ndarray(samples[None], format=sample_format, layout="mono")
        block.sample_rate, block.pts, block.time_base = 48000, number * 1024, Fraction(1, 48000)
        yield block


def packets_of(path: Path) -> dict[str, list[tuple[Fraction, bytes]]]:
    """Give the packets of each kind of stream, by time in seconds, as they lie in the file."""
    found: dict[str, list[tuple[Fraction, bytes]]] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.dts is not None:
                at = packet.pts * packet.time_base
                found.setdefault(packet.stream.type, []).append((at, bytes(packet)))
    return {kind: sorted(packets) for kind, packets in found.items()}


def frames_of(path: Path) -> list[Any]:
    """Decode all frames."""
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


def plane(frame: Any, index: int) -> NDArray[Any]:
    """Copy one plane of a frame."""
    one = frame.planes[index]
    dtype = np.dtype("<u2") if "10le" in frame.format.name else np.uint8
    return np.frombuffer(one, dtype).reshape(one.height, -1)[:, : one.width].copy()
