"""What age, scanners and hands do to a print, painted onto photographs; every way is seeded.

A way takes a generator and (H, W, 3) CIELAB, and gives CIELAB. Those of `GRAY` begin with a
photograph without its colors, those of `COLOR` with the photograph as it is.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import numpy as np
import pyvips
from numpy.random import Generator
from numpy.typing import NDArray

from photochrom.color.lab import lab_to_srgb, srgb_to_lab

F64 = NDArray[np.float64]
Way = Callable[[Generator, F64], F64]

_TINT_OF: Final = {  # a*, b* of the midtones: lowest, highest
    "sepia": ((1, 8), (9, 28)),
    "cyanotype": ((-8, -35), (2, -12)),
    "selenium": ((3, -12), (10, -2)),
    "gold": ((-1, 3), (6, 10)),
}
_INKS: Final = ((22, 35, -55), (20, 45, -60), (30, 55, 30), (30, -35, 20), (35, 45, -35))  # Lab
_PATCHES: Final = np.array(
    [(0, 0, 1), (0, 1, 1), (0, 1, 0), (1, 1, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (0, 0, 0)]
)


def keep(_: Generator, lab: F64) -> F64:
    """Leave it as it is."""
    return lab


def tone(random: Generator, lab: F64, *, name: str) -> F64:
    """Give every gray one tint, strongest in the midtones."""
    low, high = _TINT_OF[name]
    share = lab[..., :1] / 100
    return _with_ab(lab, random.uniform(low, high) * (0.4 + 2.4 * share * (1 - share)))


def split_tone(random: Generator, lab: F64) -> F64:
    """Tone the shadows otherwise than the highlights."""
    share = lab[..., :1] / 100
    light, dark = random.uniform((0, 6), (6, 22)), random.uniform((-3, -18), (5, -4))
    return _with_ab(lab, share * light + (1 - share) * dark)


def mirror_silver(random: Generator, lab: F64) -> F64:
    """Lay a bluish sheen on the darks, from the edges inward, in patches."""
    reach = random.uniform(0.1, 0.35)
    patches = np.clip(0.7 + 0.5 * _cloud(random, lab, 6), 0, 1)
    inward = np.clip(1.2 - _from_edge(lab) / reach, 0, 1) * patches
    dark = np.clip((random.uniform(35, 60) - lab[..., 0]) / 15, 0, 1)
    sheen = (inward * dark)[..., None]
    warm = np.array((1.0, random.uniform(0, 9)))
    worn = _with_ab(lab, warm * (1 - sheen) + random.uniform((-2, -16), (2, -6)) * sheen)
    worn[..., 0] += random.uniform(0, 10) * sheen[..., 0]
    return worn


def fox(random: Generator, lab: F64) -> F64:
    """Sprinkle brown spots."""
    rows, columns = _grid(lab)
    spots = np.zeros(lab.shape[:2])
    for _ in range(random.integers(4, 60)):
        y, x, radius = random.random(), random.random(), 0.004 * random.uniform(1, 8)
        spot = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * radius**2))
        spots = np.maximum(spots, spot * random.uniform(0.4, 1))
    return lab + spots[..., None] * random.uniform((-16, 3, 9), (-3, 9, 26))


def stain(random: Generator, lab: F64) -> F64:
    """Spill water: a brownish field with a darker rim."""
    height = _cloud(random, lab, 3) - random.uniform(-0.5, 1.0)
    field = np.clip(height * 8, 0, 1)
    rim = np.exp(-((height * 12) ** 2))
    depth = (0.6 * field + 0.6 * rim)[..., None]
    return lab + depth * random.uniform((-10, 0, 5), (-1, 4, 16))


def yellow_edges(random: Generator, lab: F64) -> F64:
    """Fade and yellow from the edges inward."""
    depth = np.exp(-_from_edge(lab) / random.uniform(0.04, 0.2))[..., None]
    return lab + depth * random.uniform((0, 0, 5), (12, 5, 22))


def caption(random: Generator, lab: F64) -> F64:
    """Write lines of ink, on a white border or across the picture."""
    inked = lab.copy()
    height, width = lab.shape[:2]
    if random.random() < 0.7:
        begin = int(height * random.uniform(0.84, 0.93))
        inked[begin:] = (random.uniform(85, 95), 0, random.uniform(0, 8))
    else:
        begin = int(height * random.uniform(0.05, 0.9))
    ink = np.array(_INKS[random.integers(len(_INKS))])
    size = max(3, int(height * random.uniform(0.02, 0.05)))
    for line in range(begin + 1, min(begin + 1 + 3 * size, height - size), int(1.6 * size)):
        left, right = np.sort(random.uniform(0.03, 0.97, 2)) * width
        _write(random, inked, ink, (line, int(left), size, int(right - left)))
    return inked


def stamp(random: Generator, lab: F64) -> F64:
    """Press a rubber stamp: a ring with writing in it, anywhere."""
    rows, columns = _grid(lab)
    y, x, radius = random.uniform(0.1, 0.9), random.uniform(0.1, 0.9), random.uniform(0.05, 0.12)
    away = np.hypot((rows - y) * lab.shape[0] / lab.shape[1], columns - x) / radius
    letters = (_cloud(random, lab, 60) > 0.3) & (np.abs(away) < 0.6)
    shape = ((np.abs(away - 1) < 0.12) | letters) * random.uniform(0.4, 0.9)
    return _inked(lab, shape, np.array(_INKS[random.integers(len(_INKS))]))


def date(random: Generator, lab: F64) -> F64:
    """Print a glowing date into a corner, as cameras and laboratories did."""
    height, width = lab.shape[:2]
    size, length = max(3, int(0.03 * height)), int(random.uniform(0.12, 0.25) * width)
    dated = lab.copy()
    glow = np.array((random.uniform(60, 75), random.uniform(25, 50), random.uniform(40, 70)))
    _write(random, dated, glow, (int(0.93 * height), int(0.7 * width), size, length))
    return dated


def control_strip(random: Generator, lab: F64) -> F64:
    """Lay a color control strip along a side, on it or beside it."""
    turns = int(random.integers(4))
    turned = np.rot90(lab, turns).copy()
    height, width = turned.shape[:2]
    deep, begin = (
        max(2, int(random.uniform(0.02, 0.09) * height)),
        int(0.4 * width * random.random()),
    )
    each = max(2, int(random.uniform(0.03, 0.07) * width))
    if random.random() < 0.5:
        turned[:deep] = (random.choice((5, 50, 95)), 0, 0)
    for number, codes in enumerate(random.permutation(_PATCHES)):
        patch = srgb_to_lab(np.clip(codes * 0.75 + 0.1 * random.random(), 0, 1))
        turned[:deep, begin + number * each : begin + (number + 1) * each] = patch
    return np.rot90(turned, -turns).copy()


def on_card(random: Generator, lab: F64) -> F64:
    """Lay it on the colored card of an album, or a table, with or without its white border."""
    height, width = lab.shape[:2]
    top, bottom, left, right = random.uniform(0.02, random.uniform(0.06, 0.28), 4)
    hue, chroma = random.uniform(0, 2 * np.pi), random.uniform(5, 45)
    card = np.array((random.uniform(12, 85), chroma * np.cos(hue), chroma * np.sin(hue)))
    page = np.empty_like(lab)
    page[:] = card
    page += random.uniform(0.3, 2) * np.stack([_cloud(random, lab, 40)] * 3, -1) * (1, 0.2, 0.2)
    page[..., 0] += random.uniform(0, 5) * _cloud(random, lab, 2)
    if random.random() < 0.3:  # wood, or a patterned cloth
        pattern = np.stack([_cloud(random, lab, int(random.integers(5, 30))) for _ in range(3)], -1)
        page += random.uniform((3, 1, 1), (12, 6, 8)) * pattern
    inner = (
        slice(int(top * height), height - int(bottom * height)),
        slice(int(left * width), width - int(right * width)),
    )
    small = _resized(lab, page[inner].shape[:2])
    if random.random() < 0.5:
        rim = max(1, int(0.025 * width))
        small[:rim] = small[-rim:] = small[:, :rim] = small[:, -rim:] = (92, 0, 4)
    page[inner] = small
    return page


def window_light(random: Generator, lab: F64) -> F64:
    """Light it from a window on one side, and from the room's lamp on the other."""
    rows, columns = _grid(lab)
    angle = random.uniform(0, 2 * np.pi)
    across = (rows - 0.5) * np.sin(angle) + (columns - 0.5) * np.cos(angle)
    across = across + random.uniform(-0.5, 0.5) * across**2
    strength = random.uniform(0.05, 0.22)
    red, blue = strength * random.uniform(0.3, 1), -strength * random.uniform(0.5, 1.2)
    cast = random.uniform((0.95, 0.9), (1.1, 1.05))
    gains = np.stack(
        [cast[0] + red * across, 1 + 0.3 * strength * across, cast[1] + blue * across], -1
    )
    return srgb_to_lab(np.clip(_rgb(lab) * gains, 0, 1))


def color_noise(random: Generator, lab: F64) -> F64:
    """Add the noise of a small sensor, other in each channel."""
    noise = random.normal(0, random.uniform(0.01, 0.05), lab.shape)
    return srgb_to_lab(np.clip(_rgb(lab) + noise, 0, 1))


def fringes(random: Generator, lab: F64) -> F64:
    """Move the channels of a scan against each other, by up to 0.3 % of its width."""
    rgb = _rgb(lab)
    for channel in (0, 2):
        across, down = random.uniform(-0.003, 0.003, 2) * lab.shape[1]
        plane = pyvips.Image.new_from_array(rgb[..., channel].copy())
        moved = plane.affine(
            [1, 0, 0, 1], odx=across, ody=down, extend="copy", oarea=[0, 0, *lab.shape[1::-1]]
        )
        rgb[..., channel] = moved.numpy()
    return srgb_to_lab(np.clip(rgb, 0, 1))


def several(random: Generator, lab: F64, *, ways: Sequence[Way]) -> F64:
    """Let two or three things happen to one print."""
    for at in np.sort(random.choice(len(ways), random.integers(2, 4), replace=False)):
        lab = ways[at](random, lab)
    return lab


def weaken(_: Generator, lab: F64, *, share: float) -> F64:
    """Take part of the colors away."""
    return _with_ab(lab, lab[..., 1:] * share)


def fade_film(random: Generator, lab: F64) -> F64:
    """Fade the dyes of color film, cyan most, as the dark does; the base yellows."""
    rgb = np.clip(_rgb(lab), 0.004, 1)
    density = -np.log10(rgb) * random.uniform((0.35, 0.75, 0.55), (0.7, 1.0, 0.9))
    density += np.array((0.0, 0.02, 0.06)) * random.uniform(0, 1.5)
    return srgb_to_lab(np.clip(10**-density, 0, 1))


def tint_by_hand(random: Generator, lab: F64) -> F64:
    """Paint some of what has a color of its own, in flat pastels, on a gray or sepia print."""
    base = (
        tone(random, lab, name="sepia")
        if random.random() < 0.5
        else _with_ab(lab, 0 * lab[..., 1:])
    )
    hue = np.arctan2(
        *np.moveaxis(_soft(lab)[..., :0:-1] - np.median(lab[..., :0:-1], (0, 1)), -1, 0)
    )
    away = np.linalg.norm(_soft(lab)[..., 1:] - np.median(lab[..., 1:], (0, 1)), axis=-1)
    sectors = np.where(away > np.quantile(away, 0.5), np.floor((hue + np.pi) / (2 * np.pi) * 4), -1)
    painted = base.copy()
    for sector in random.choice(4, random.integers(1, 4), replace=False):
        mask = _soft(np.repeat((sectors == sector)[..., None].astype(float), 3, -1))[..., :1]
        angle, strength = random.uniform(0, 2 * np.pi), random.uniform(9, 28)
        painted[..., 1:] += mask * strength * np.array((np.cos(angle), np.sin(angle)))
    return painted


def tint_cheeks(random: Generator, lab: F64) -> F64:
    """Paint two ovals pink, 1 to 4 % of a gray or sepia print."""
    base = (
        tone(random, lab, name="sepia")
        if random.random() < 0.5
        else _with_ab(lab, 0 * lab[..., 1:])
    )
    rows, columns = _grid(lab)
    radius, y, x = random.uniform(0.05, 0.09), random.uniform(0.3, 0.7), random.uniform(0.3, 0.55)
    for at in (x, x + 2.4 * radius):
        oval = np.exp(-(((((rows - y) / 1.2) ** 2 + (columns - at) ** 2) / radius**2) ** 2))
        base[..., 1:] += oval[..., None] * random.uniform((12, 3), (24, 12))
    return base


_TONES: Final = {name: partial(tone, name=name) for name in _TINT_OF}
_WEAR: Final[dict[str, Way]] = {
    "foxing": fox,
    "water stains": stain,
    "yellowed edges": yellow_edges,
    "ink": caption,
    "rubber stamp": stamp,
    "date stamp": date,
    "control strip": control_strip,
    "album card": on_card,
    "window light": window_light,
    "color noise": color_noise,
    "color fringes": fringes,
}


def _toned_then(random: Generator, lab: F64, *, way: Way) -> F64:
    """Wear a print that is gray, or toned."""
    choice = random.choice((None, None, "sepia", "gold", "selenium"))
    return way(random, lab if choice is None else tone(random, lab, name=str(choice)))


GRAY: Final[dict[str, Way]] = {
    "as it is": keep,
    **_TONES,
    "split toning": split_tone,
    "silver mirroring": mirror_silver,
    **{name: partial(_toned_then, way=way) for name, way in _WEAR.items()},
    "several": partial(several, ways=(mirror_silver, *_WEAR.values())),
}
COLOR: Final[dict[str, Way]] = {
    "as it is": keep,
    "chroma 0.4": partial(weaken, share=0.4),
    "chroma 0.25": partial(weaken, share=0.25),
    "faded film": fade_film,
    "tinted by hand": tint_by_hand,
    "tinted cheeks": tint_cheeks,
    "album card": on_card,
    "window light": window_light,
    "several": partial(several, ways=tuple(_WEAR.values())),
}


def worn(kind: str, way: Way, photograph: NDArray[np.uint8], seed: Sequence[int]) -> bytes:
    """Make one picture, as the JPEG that a scanner writes.

    Args:
        kind: ``"gray"`` or ``"color"``.
        way: what happens to it.
        photograph: (H, W, 3) sRGB codes.
        seed: of everything that is drawn.
    """
    random = np.random.default_rng(seed)
    lab = srgb_to_lab(photograph / 255.0)
    rgb = _rgb(way(random, _with_ab(lab, 0 * lab[..., 1:]) if kind == "gray" else lab))
    image = pyvips.Image.new_from_array(np.rint(rgb * 255).astype(np.uint8))
    quality, mode = int(random.integers(60, 96)), str(random.choice(("on", "off")))
    return bytes(image.jpegsave_buffer(Q=quality, subsample_mode=mode))


def _rgb(lab: F64) -> F64:
    return np.clip(lab_to_srgb(lab), 0, 1)


def _with_ab(lab: F64, chroma: F64) -> F64:
    return np.concatenate([lab[..., :1], np.broadcast_to(chroma, (*lab.shape[:2], 2))], -1)


def _grid(lab: F64) -> tuple[F64, F64]:
    height, width = lab.shape[:2]
    return np.mgrid[:height, :width] / np.array((height, width))[:, None, None]


def _from_edge(lab: F64) -> F64:
    rows, columns = _grid(lab)
    return np.minimum.reduce([rows, 1 - rows, columns, 1 - columns])


def _cloud(random: Generator, lab: F64, cells: int) -> F64:
    """Draw smooth noise of about unit variance, about so many cells along each side."""
    height, width = lab.shape[:2]
    coarse = pyvips.Image.new_from_array(random.normal(0, 1, (cells + 3, cells + 3)))
    fine = coarse.resize(width / cells, vscale=height / cells, kernel="cubic").numpy()
    return fine[:height, :width]


def _soft(lab: F64) -> F64:
    blurred = pyvips.Image.new_from_array(lab).gaussblur(max(lab.shape) / 100, precision="float")
    return blurred.numpy().astype(np.float64)


def _resized(lab: F64, size: tuple[int, int]) -> F64:
    image = pyvips.Image.new_from_array(lab)
    scale, vscale = size[1] / image.width, size[0] / image.height
    return (
        image.resize(scale, vscale=vscale).numpy()[: size[0], : size[1]].astype(np.float64).copy()
    )


def _inked(lab: F64, amount: F64, ink: F64) -> F64:
    return lab + (np.minimum(ink, (lab[..., 0].max(), 200, 200)) - lab) * amount[..., None]


def _write(random: Generator, lab: F64, ink: F64, box: tuple[int, int, int, int]) -> None:
    """Write something unreadable into a box: top, left, height, width in pixels."""
    top, left, height, width = box
    area = lab[top : top + height, left : left + width]
    letters = _cloud(random, area, max(2, min(60, width // 3))) if area.size else np.zeros((0, 0))
    area[letters > 0.4] = ink
