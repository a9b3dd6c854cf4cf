"""How fast, how large: the targets of the design, met or missed, in one table."""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
import torch
from skimage.color import lab2rgb, rgb2lab
from skimage.io import imread, imsave
from timing import ROOT, Timing, circumstances, command_seconds, peak_mib, plain, run, side_by_side

from photochrom.engine.colorizer import Colorizer
from photochrom.engine.session import Session
from photochrom.lab.exporting.contract import write_contract
from photochrom.lab.networks.colorizers.cic import CicConfig, CicNetwork
from photochrom.models.card import Card
from photochrom.models.registry import resolve_model

PHOTOCHROM = str(Path(sys.executable).with_name("photochrom"))
SIZE_12_MP = (3000, 4000)
SIZE_200_MP = (12_000, 16_700)


@dataclass(frozen=True)
class Row:
    """One line of the table: what, how much, and the target."""

    what: str
    measured: str
    target: str
    is_met: bool


def main() -> None:
    """Measure everything and write JSON and Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--install", action="store_true", help="weigh a fresh runtime environment")
    install = parser.parse_args().install
    facts, rows, raw = circumstances(), [], {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        parts: list[Callable[[Path, dict[str, Any]], list[Row]]] = [
            network,
            twelve_megapixels,
            memory,
            starting,
            folders,
        ]
        for part in [*parts, *([weight] if install else [])]:
            rows += part(work, raw)
            print(
                *(f"{r.what}: {r.measured} [{r.target}]" for r in rows[-4:]), sep="\n", flush=True
            )
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    report = {"circumstances": facts, "raw": raw, "rows": [vars(row) for row in rows]}
    (results / "speed.json").write_text(json.dumps(report, indent=1) + "\n")
    page = ROOT / "docs" / "benchmarks.md"
    _, heading, films = page.read_text().partition("\n## Films")
    page.write_text(markdown(facts, rows) + heading + films)


def photograph(path: Path, size: tuple[int, int]) -> Path:
    """Write a gray JPEG with the detail of a photograph: the cat, enlarged, with grain."""
    cat = pyvips.Image.new_from_file(str(ROOT / "examples/photographs/cat.jpg"))
    height, width = size
    large = cat.resize(width / cat.width, vscale=height / cat.height, kernel="cubic")
    grain = pyvips.Image.gaussnoise(large.width, large.height, sigma=4, mean=0)
    (large + grain).cast("uchar").jpegsave(str(path), Q=92)
    return path


def cic_contract(work: Path) -> Path:
    """Export CIC's network with random weights, which do for timing."""
    torch.manual_seed(0)
    card = Card(
        name="cic-random", working_size=256, size_multiple=8, license="", training_data="none"
    )
    write_contract(
        _ChromaOnly(CicNetwork(CicConfig(temperature=1.0)).eval()),
        card,
        work / "cic.onnx",
        half=False,
    )
    return work / "cic.onnx"


class _ChromaOnly(torch.nn.Module):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, lightness: torch.Tensor) -> torch.Tensor:
        chroma: torch.Tensor = self.network(lightness).chroma
        return chroma


def network(work: Path, raw: dict[str, Any]) -> list[Row]:
    """Compare the networks at 256 in the same runtime."""
    lightness = 100 * np.random.default_rng(0).random((256, 256), np.float32)
    ours = Session(resolve_model("autochrome"))
    theirs = Session(cic_contract(work))
    timings = side_by_side(
        {"autochrome": lambda: ours.run(lightness), "cic": lambda: theirs.run(lightness)}, rounds=15
    )
    raw["network"] = plain(timings)
    ratio = timings["cic"].median_s / timings["autochrome"].median_s
    measured = f"{ratio:.1f} × ({timings['autochrome']} against {timings['cic']})"
    return [Row("Network at 256: less time than CIC's", measured, "≥ 10 ×, goal 15 ×", ratio >= 10)]


def twelve_megapixels(work: Path, raw: dict[str, Any]) -> list[Row]:
    """Compare file to file with bare decoding and encoding, and with the published path."""
    source = photograph(work / "12mp.jpg", SIZE_12_MP)
    colorizer = Colorizer()
    colorizer.colorize_file(source, work / "colored.jpg")
    colored = pyvips.Image.new_from_file(str(work / "colored.jpg")).copy_memory()
    published = published_path()
    timings = side_by_side(
        {
            "ours": lambda: colorizer.colorize_file(source, work / "ours.jpg", overwrite=True),
            "decode": lambda: pyvips.Image.new_from_file(str(source)).copy_memory(),
            "encode": lambda: colored.jpegsave(str(work / "bare.jpg"), Q=95, subsample_mode="off"),
            "published": lambda: published(source, work / "published.jpg"),
        }
    )
    raw["twelve_megapixels"] = plain(timings)
    bare = timings["decode"].median_s + timings["encode"].median_s
    cost, gain = timings["ours"].median_s / bare, timings["published"].median_s
    gain /= timings["ours"].median_s
    return [
        Row(
            "12-megapixel JPEG, file to file: time over decoding + encoding",
            f"{cost:.1f} × ({timings['ours']} against {bare:.3f} s)",
            "≤ 5 ×, goal 3 ×",
            cost <= 5,
        ),
        Row(
            "12-megapixel JPEG: faster than the path published with CIC",
            f"{gain:.1f} × (that one: {timings['published']})",
            "≥ 10 ×",
            gain >= 10,
        ),
    ]


def published_path() -> Callable[[Path, Path], None]:
    """Build the path published with CIC: skimage Lab, torch at 256 px, bilinear ab, skimage RGB."""
    torch.manual_seed(0)
    network = CicNetwork(CicConfig(temperature=1.0)).eval()

    def colorize(source: Path, target: Path) -> None:
        gray = imread(source)
        rgb = np.repeat(gray[:, :, None], 3, axis=2) if gray.ndim == 2 else gray
        small = torch.from_numpy(rgb).permute(2, 0, 1)[None].float()
        small = torch.nn.functional.interpolate(small, (256, 256), mode="bicubic", antialias=True)
        resized = small[0].permute(1, 2, 0).clamp(0, 255).byte().numpy()
        lightness = rgb2lab(resized)[:, :, 0]
        with torch.no_grad():
            chroma = network(torch.from_numpy(lightness)[None, None].float()).chroma
        full = torch.nn.functional.interpolate(chroma, rgb.shape[:2], mode="bilinear")
        original = rgb2lab(rgb)[:, :, :1]
        lab = np.concatenate([original, full[0].permute(1, 2, 0).numpy()], axis=2)
        imsave(target, (255 * lab2rgb(lab)).astype(np.uint8), check_contrast=False)

    return colorize


def memory(work: Path, raw: dict[str, Any]) -> list[Row]:
    """Measure the largest memory of the command, for a large and a huge photograph."""
    rows = []
    cases = (("12-megapixel JPEG", SIZE_12_MP, 400), ("200-megapixel JPEG", SIZE_200_MP, 1024))
    for name, size, limit in cases:
        source = photograph(work / "memory.jpg", size)
        command = [PHOTOCHROM, "colorize", str(source), "-o", str(work / "out.jpg"), "--force"]
        peak = peak_mib(command)
        raw[f"memory_{name}"] = peak
        rows.append(Row(f"{name}: peak memory", f"{peak:.0f} MiB", f"≤ {limit} MB", peak <= limit))
    return rows


def starting(work: Path, raw: dict[str, Any]) -> list[Row]:
    """Measure how long one waits for help and for the first photograph."""
    cat, out = str(ROOT / "examples/photographs/cat.jpg"), str(work / "cat.jpg")
    timings: dict[str, Timing] = {
        "help": command_seconds([PHOTOCHROM, "--help"], 9),
        "first": command_seconds([PHOTOCHROM, "colorize", cat, "-o", out, "--force"], 9),
        "import": command_seconds([sys.executable, "-c", "import photochrom"], 9),
        "engine": command_seconds([sys.executable, "-c", "from photochrom import Colorizer"], 9),
    }
    raw["starting"] = plain(timings)
    first, help_ = timings["first"], timings["help"]
    return [
        Row("`photochrom --help`", str(help_), "≤ 0.3 s", help_.median_s <= 0.3),
        Row("First photograph of a cold start", str(first), "≤ 1.5 s", first.median_s <= 1.5),
        Row("`import photochrom`", str(timings["import"]), "", True),
        Row("`from photochrom import Colorizer`", str(timings["engine"]), "", True),
    ]


def folders(work: Path, raw: dict[str, Any]) -> list[Row]:
    """Compare one core with all of them on a folder."""
    album = work / "album"
    album.mkdir()
    first = photograph(album / "0.jpg", (1500, 2000))
    for number in range(1, 24):
        shutil.copy(first, album / f"{number}.jpg")

    def colorize(name: str, *prefix: str) -> Callable[[], None]:
        words = ["colorize", str(album), "-o", str(work / name), "--force"]
        return lambda: run([*prefix, PHOTOCHROM, *words])

    one = colorize("album-1", "taskset", "-c", "0")
    timings = side_by_side({"one": one, "all": colorize("album-2")}, rounds=5)
    raw["folders"] = plain(timings)
    ratio = timings["one"].median_s / timings["all"].median_s
    measured = f"{ratio:.2f} × ({timings['one']} against {timings['all']}, 24 of 3 megapixels)"
    return [Row("A folder on two cores: over one core", measured, "≥ 1.8 ×", ratio >= 1.8)]


def weight(work: Path, raw: dict[str, Any]) -> list[Row]:
    """Weigh a fresh runtime environment, without pip itself."""
    venv = work / "venv"
    run([sys.executable, "-m", "venv", str(venv)])
    before = _size_mb(venv)
    run([str(venv / "bin/pip"), "install", "--no-compile", str(ROOT)])
    size = _size_mb(venv) - before
    raw["install_mb"] = size
    return [Row("Runtime install", f"{size:.0f} MB", "≤ 220 MB", size <= 220)]


def _size_mb(folder: Path) -> float:
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6


def markdown(facts: dict[str, Any], rows: list[Row]) -> str:
    """Write the page of the docs."""
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench`; medians, with the fastest and slowest round in parentheses. CIC's",
        "network has random weights here, which do for timing.",
        "",
        f"{facts['cpu']}, {facts['cores']} cores, load before {facts['load_before']}; Python "
        f"{facts['python']}, {versions}; commit {facts['commit']}.",
        "",
        "| what | measured | target | |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {r.what} | {r.measured} | {r.target} | "
        f"{('met' if r.is_met else '**missed**') if r.target else ''} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
