"""What becomes of files with wrong bytes?

python benchmarks/reliability/mutated.py [--each 180] [--seed 0] [--out FILE]

Small photographs of every format, with profile, EXIF and XMP where the format has them, are
damaged in seeded ways and colorized as a folder. Counted is what the command says of each: refused
in one line, or colorized; and of the colorized ones, how many look different from the whole file
without a note that says so. A process that dies, hangs, or leaves a file out is a crash.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from tests.photographs import gray_scene
from timing import circumstances

Random = np.random.Generator
SIDES: Final = (120, 160)
LONGEST_S: Final = 1800.0
CODES: Final = 16  # by which a gray value of 255 must be off to be seen
SHARE: Final = 0.01  # of the pixels
XMP: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="a box in the attic"/></rdf:RDF>'
    "</x:xmpmeta>"
)


def scene(dtype: type = np.uint8) -> NDArray[Any]:
    """Make the photograph that all files show."""
    return np.rint(gray_scene(*SIDES) * np.iinfo(dtype).max).astype(dtype)


def encoded(kind: str, **options: Any) -> bytes:
    """Encode the photograph; 16 bits with ``deep``."""
    buffer = io.BytesIO()
    pixels = scene(np.uint16 if options.pop("deep", False) else np.uint8)
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def seeds() -> dict[str, bytes]:
    """Make one whole file of each sort, by name."""
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "grandmother", 1
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", XMP)
    told = {"exif": exif, "xmp": XMP.encode()}
    found = {
        "baseline.jpg": encoded("JPEG", quality=90, **told),
        "progressive.jpg": encoded("JPEG", quality=90, progressive=True, **told),
        "gray.png": encoded("PNG", pnginfo=text, exif=exif),
        "deep.png": encoded("PNG", deep=True),
        "plain.tif": encoded("TIFF", exif=exif),
        "deep.tif": encoded("TIFF", deep=True),
        "lzw.tif": encoded("TIFF", compression="tiff_lzw"),
        "deflate.tif": encoded("TIFF", compression="tiff_adobe_deflate"),
        "jpeg.tif": encoded("TIFF", compression="jpeg"),
        "lossy.webp": encoded("WEBP", quality=90, **told),
        "lossless.webp": encoded("WEBP", lossless=True),
    }
    color = Image.fromarray(scene()).convert("RGB")
    buffer = io.BytesIO()
    color.save(buffer, "JPEG", quality=90, icc_profile=profile)
    return {**found, "profile.jpg": buffer.getvalue()}


def flip(content: bytes, random: Random) -> bytes:
    """Change one to eight bytes."""
    damaged = bytearray(content)
    for place in random.integers(0, len(content), random.integers(1, 9)):
        damaged[place] ^= int(random.integers(1, 256))
    return bytes(damaged)


def flip_start(content: bytes, random: Random) -> bytes:
    """Change bytes where headers are."""
    start = min(len(content), 512)
    return flip(content[:start], random) + content[start:]


def cut(content: bytes, random: Random) -> bytes:
    """Lose the end."""
    return content[: int(random.integers(0, len(content)))]


def zero(content: bytes, random: Random) -> bytes:
    """Lose a block, as a bad sector does."""
    place, length = random.integers(0, len(content)), int(random.integers(1, 2048))
    return content[:place] + bytes(length) + content[place + length :]


def drop(content: bytes, random: Random) -> bytes:
    """Leave some bytes out."""
    place, length = random.integers(0, len(content)), int(random.integers(1, 64))
    return content[:place] + content[place + length :]


def insert(content: bytes, random: Random) -> bytes:
    """Add some bytes."""
    place, length = random.integers(0, len(content)), int(random.integers(1, 64))
    return content[:place] + random.bytes(length) + content[place:]


WAYS: Final[tuple[Callable[[bytes, Random], bytes], ...]] = (
    flip,
    flip_start,
    cut,
    zero,
    drop,
    insert,
)


def differs(result: Path) -> bool:
    """Tell whether a result shows something else than the whole photograph."""
    with Image.open(result) as picture:
        if picture.size != SIDES[::-1]:
            return True
        gray = np.asarray(picture.convert("RGB").convert("L"), int)
    return bool((np.abs(gray - scene().astype(int)) > CODES).mean() > SHARE)


def colorized(folder: Path, results: Path) -> dict[str, Any] | None:
    """Colorize a folder; None when the command died, hung, or gave no answer."""
    command = [sys.executable, "-m", "photochrom", "colorize", str(folder), "-o", str(results)]
    try:
        done = subprocess.run(
            [*command, "--json"], capture_output=True, check=False, timeout=LONGEST_S
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return answer if done.returncode in (0, 1) else None


def judge(folder: Path, results: Path, count: int) -> dict[str, int]:
    """Count what became of the files of a folder."""
    answer = colorized(folder, results)
    rows = [] if answer is None else answer["results"]
    tally = {"files": count, "crashed": count - len(rows), "refused": 0, "skipped": 0, "colored": 0}
    tally |= {"noted": 0, "seen": 0, "silent": 0}
    for row in rows:
        if row["output"] is None:
            tally["refused" if row["status"] == "failed" else "skipped"] += 1
            continue
        is_seen, is_noted = differs(Path(row["output"])), bool(row["notes"])
        tally["colored"] += 1
        tally["noted"] += is_noted
        tally["seen"] += is_seen
        tally["silent"] += is_seen and not is_noted
    return tally


def measure(place: Path, each: int, seed: int) -> dict[str, Mapping[str, int]]:
    """Damage and colorize every sort of file."""
    found = {}
    for name, content in seeds().items():
        random = np.random.default_rng([seed, *name.encode()])
        suffix = Path(name).suffix
        folder = place / name
        folder.mkdir()
        for number in range(each):
            damaged = WAYS[number % len(WAYS)](content, random)
            (folder / f"{number:04}{suffix}").write_bytes(damaged)
        found[name] = judge(folder, place / f"{name}-color", each)
        print(f"{name:16} {found[name]}", flush=True)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=180, help="files of each sort (180)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place), asked.each, asked.seed)
    report = {
        "circumstances": circumstances(),
        "seconds": round(time.perf_counter() - began),
        "sorts": found,
    }
    if asked.out:
        asked.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
