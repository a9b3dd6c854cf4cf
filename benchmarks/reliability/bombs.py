"""How much time and memory can a small file take?

python benchmarks/reliability/bombs.py [--out FILE]

Each file is a photograph of 120 x 160 pixels, or claims to be a large one, with something that
swells: text and profiles that are deflated, metadata of many small parts, headers that promise
more than there is. Measured are seconds of computing and peak memory of `photochrom colorize FILE`,
beside those of the same photograph alone; `LIMITS` is what no file may take beyond that.
"""

import argparse
import io
import json
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PIL import Image
from tests.photographs import gray_scene
from timing import circumstances

MIB: Final = 2**20
LIMITS: Final = {"seconds": 10.0, "mib": 256.0}
LONGEST_S: Final = 300
SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def photograph(kind: str, **options: Any) -> bytes:
    """Encode the photograph that most of the files show."""
    buffer = io.BytesIO()
    pixels = np.rint(gray_scene(120, 160) * 255).astype(np.uint8)
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    """Write a chunk of PNG."""
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def png_with(*chunks: bytes) -> bytes:
    """Put chunks before the pixels of a PNG."""
    whole = photograph("PNG")
    place = whole.index(b"IDAT") - 4
    return whole[:place] + b"".join(chunks) + whole[place:]


def png_of(width: int, height: int, bits: int) -> bytes:
    """Write a PNG of one gray, which deflates to almost nothing."""
    row = bytes(1 + width * bits // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def jpeg_with(*segments: bytes) -> bytes:
    """Put APP1 segments behind the start of a JPEG."""
    whole = photograph("JPEG")
    written = b"".join(b"\xff\xe1" + struct.pack(">H", len(each) + 2) + each for each in segments)
    return whole[:2] + written + whole[2:]


def swollen_text(count: int, length: int) -> bytes:
    """Write texts of PNG that deflate by a thousand."""
    packed = zlib.compress(b"a" * length, 9)
    return png_with(*(chunk(b"zTXt", b"k%d\0\0" % number + packed) for number in range(count)))


def xmp_png(content: str) -> bytes:
    """Put an XMP packet into a PNG, not deflated."""
    head = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
    )
    packet = f"{head}{content}</rdf:RDF></x:xmpmeta>".encode()
    return png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet))


def exif_of_many(entries: int) -> bytes:
    """Write an EXIF block of many entries that all point at the same kilobyte."""
    tags = b"".join(
        struct.pack("<HHII", 0x8000 + number % 0x7000, 1, 1024, 8) for number in range(entries)
    )
    start = 8 + 1024
    block = b"II*\0" + struct.pack("<I", start) + bytes(1024)
    return png_with(chunk(b"eXIf", block + struct.pack("<H", entries) + tags + bytes(4)))


def tiff_that_promises(width: int, height: int) -> bytes:
    """Write a TIFF whose header promises more than there is."""
    entries = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1)]
    entries += [(278, height), (279, 64)]
    tags = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    count = struct.pack("<H", len(entries))
    return b"II*\0" + struct.pack("<I", 72) + bytes(64) + count + tags + bytes(4)


BOMBS: Final[Mapping[str, Callable[[], bytes]]] = {
    "whole.png": lambda: photograph("PNG"),
    "one text of 512 MiB.png": lambda: swollen_text(1, 512 * MIB),
    "400 texts of 1 MiB.png": lambda: swollen_text(400, MIB),
    "20 000 texts.png": lambda: swollen_text(20_000, 8),
    "profile of 256 MiB.png": lambda: png_with(
        chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(256 * MIB), 9))
    ),
    "EXIF of 60 000 entries.png": lambda: exif_of_many(60_000),
    "XMP, 100 000 elements.png": lambda: xmp_png("<dc:a/>" * 100_000),
    "XMP, 20 000 deep.png": lambda: xmp_png("<dc:a>" * 20_000 + "</dc:a>" * 20_000),
    "XMP, 50 000 attributes.png": lambda: xmp_png(
        "<dc:a " + " ".join(f'dc:b{n}=""' for n in range(50_000)) + "/>"
    ),
    "XMP, 50 000 namespaces.png": lambda: xmp_png(
        "".join(f'<n{n}:a xmlns:n{n}="u{n}"/>' for n in range(50_000))
    ),
    "XMP, entities.png": lambda: png_with(
        chunk(
            b"iTXt",
            b'XML:com.adobe.xmp\0\0\0\0\0<!DOCTYPE x [<!ENTITY a "'
            + b"a" * 1000
            + b'">'
            + b"".join(b'<!ENTITY %c "%s">' % (98 + n, (b"&%c;" % (97 + n)) * 20) for n in range(9))
            + b"]><x>&j;</x>",
        )
    ),
    "500 EXIF segments.jpg": lambda: jpeg_with(*[b"Exif\0\0" + bytes(60_000)] * 500),
    "1.2 gigapixels, one gray.png": lambda: png_of(34_400, 34_400, 1),
    "4 gigapixels, promised.tif": lambda: tiff_that_promises(65_000, 65_000),
    "900 megapixels, promised.tif": lambda: tiff_that_promises(30_000, 30_000),
}


def colorize(path: Path) -> dict[str, Any]:
    """Colorize a file in a process of its own."""
    code = (
        "import json, resource, subprocess, sys\n"
        "try:\n"
        f"    done = subprocess.run(sys.argv[1:], capture_output=True, timeout={LONGEST_S})\n"
        "    status = done.returncode\n"
        "except subprocess.TimeoutExpired:\n"
        "    status = None\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))\n"
    )
    target = path.with_suffix(".out" + path.suffix)
    command = [sys.executable, "-m", "photochrom", "colorize", str(path), "-o", str(target)]
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, check=True, text=True
    )
    status, seconds, mib = json.loads(done.stdout)
    said = {0: "colorized", 1: "refused", None: "never ended"}
    return {
        "kib": round(path.stat().st_size / 1024),
        "became": said.get(status, f"died ({status})"),
        "seconds": round(seconds, 1),
        "mib": round(mib),
    }


def measure(place: Path) -> dict[str, dict[str, Any]]:
    """Colorize every file."""
    found: dict[str, dict[str, Any]] = {}
    for name, make in BOMBS.items():
        path = place / name
        path.write_bytes(make())
        found[name] = colorize(path)
        whole = next(iter(found.values()))
        found[name]["is_within"] = found[name]["became"] in ("colorized", "refused") and all(
            found[name][unit] - whole[unit] <= most for unit, most in LIMITS.items()
        )
        print(f"{name:32} {found[name]}", flush=True)
        path.unlink()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = measure(Path(place))
    report = {"circumstances": circumstances(), "limits": LIMITS, "files": found}
    if asked.out:
        asked.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
