"""What the studio keeps of photographs in memory, so that a change of color needs no new inference.

A plate is a photograph at the size of a screen and what the model saw in it. Both are made by the
engine, as `colorize` makes them; the file that is saved is made by it from the same prediction.
"""

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import lightness_to_gray
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.guesses import Guesses
from photochrom.engine.hints import Hint
from photochrom.engine.options import Options
from photochrom.engine.prediction import Prediction
from photochrom.engine.resample import resample
from photochrom.engine.result import color_path, notes_of
from photochrom.errors import InputError, PhotochromError
from photochrom.files import file_sha256
from photochrom.picture import Picture, read_picture
from photochrom.picture.color import read_color_shrunk
from photochrom.picture.libvips import array_to_image
from photochrom.picture.metadata.captions import caption_of, with_caption
from photochrom.picture.pixels import area_mean, shrink
from photochrom.picture.write import copy_written
from photochrom.studio.adjustments import VARIANTS, Adjustments
from photochrom.studio.names import file_name, numbered
from photochrom.work.parallel import available_cores

SCREEN: Final = 1600  # px of the longer side of a plate
THUMBNAIL: Final = 360
MOST_DETAIL: Final = 16_000_000  # px of a part that is looked at at full size
MOST_PIXELS: Final = 500_000_000
_PLATES: Final = 12  # kept in memory, of about 10 MB each
_PREDICTIONS: Final = 10  # of one plate: with other temperatures and hints
_QUALITY: Final = 88
_STRIPE: Final = 14  # px from one stripe to the next
_EDGE: Final = 0.14  # of it, dark on both sides of the light
_SURE: Final = 0.4  # of doubt: below, nothing is drawn
_DRAWN: Final = (0.7, 0.98)  # shares of the picture: from where on stripes begin, and are widest
_WIDEST: Final = 0.45  # of the distance of two stripes

Shown = NDArray[np.uint8]
# temperature, hints, the saturation that hints are to be met at, whether there are variants
Asked = tuple[float | None, tuple[Hint, ...], float | None, bool]


@dataclass(slots=True)
class Plate:
    """One photograph in memory.

    Attributes:
        picture: as read; its pixels are decoded when they are asked for.
        codes: (h, w) uint16 gray codes at the size of a screen.
        version: of the file.
        smaller: the codes at the size that was shown last, by its longer side.
        part: of the full size that was looked at last.
        predictions: by what was asked.
        guesses: what else its places may be; None when nobody has asked.
        lock: held while something is predicted.
    """

    picture: Picture
    codes: NDArray[np.uint16]
    version: tuple[int, int]
    smaller: tuple[int, NDArray[np.uint16]] | None = None
    part: "tuple[Excerpt, NDArray[np.uint16]] | None" = None
    predictions: "OrderedDict[Asked, list[Prediction]]" = field(default_factory=OrderedDict)
    guesses: Guesses | None = None
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a photograph, in pixels of its full size."""

    x: int
    y: int
    width: int
    height: int


class Darkroom:
    """Reads, colors and saves photographs; safe from many threads.

    Args:
        colorizer: with the model; its options do not count.
        most_pixels: larger photographs are refused.
    """

    def __init__(self, colorizer: Colorizer, *, most_pixels: int = MOST_PIXELS) -> None:
        self.colorizer = colorizer
        self._most_pixels = most_pixels
        self._plates: OrderedDict[Path, Plate] = OrderedDict()
        self._reading: dict[Path, Lock] = {}
        self._lock = Lock()
        self._at_work = BoundedSemaphore(max(2, available_cores()))
        self._saving = Lock()

    @property
    def has_variants(self) -> bool:
        """Whether the model knows other colorings, and how sure it is."""
        return "distribution" in self.colorizer.session.signature.outputs

    @property
    def has_hints(self) -> bool:
        """Whether the model can be told colors."""
        return "hints" in self.colorizer.session.signature.inputs

    def plate(self, source: Path) -> Plate:
        """Read a photograph, or remember it for as long as its file stays as it is.

        Raises:
            InputError: when it cannot be read.
        """
        with self._lock:
            reading = self._reading.setdefault(source, Lock())
        with reading:  # by one thread, for all that ask
            version = _version_of(source)
            with self._lock:
                known = self._plates.get(source)
                if known is not None and known.version == version:
                    self._plates.move_to_end(source)
                    return known
            with self._at_work:
                picture = read_picture(source, max_pixels=self._most_pixels)
                lightness = picture.downscaled(*_fitting(picture.height, picture.width, SCREEN))
                codes = np.rint(lightness_to_gray(lightness) * 65535).astype(np.uint16)
            plate = Plate(picture, codes, version)
            with self._lock:
                self._plates[source] = plate
                while len(self._plates) > _PLATES:
                    gone, _ = self._plates.popitem(last=False)
                    self._reading.pop(gone, None)
        return plate

    def forget(self, source: Path) -> None:
        """Drop what is in memory of a photograph."""
        with self._lock:
            self._plates.pop(source, None)
            self._reading.pop(source, None)

    def gray(self, source: Path, side: int) -> Shown:
        """Show the photograph as the engine sees it, without color.

        Args:
            source: the photograph.
            side: px of the longer side, at most `SCREEN`.
        """
        return _shrunk(_as_gray(self.plate(source).codes), side)

    def detail(
        self, source: Path, adjustments: Adjustments | None, box: Excerpt, side: int
    ) -> Shown:
        """Show a part of the photograph as it is at its full size.

        Args:
            source: the photograph.
            adjustments: how it is colored; None for gray.
            box: the part.
            side: px of the longer side, to which a larger part is shrunk.

        Raises:
            InputError: when the box is not in the photograph or too large to be made at once, or
                when the photograph is in color and stays so.
        """
        plate = self.plate(source)
        picture = plate.picture
        end = box.y + box.height
        if (
            min(box.width, box.height) < 1
            or end > picture.height
            or (box.x + box.width > picture.width)
        ):
            raise InputError("this part lies outside the photograph")
        if box.height * box.width > MOST_DETAIL:
            raise InputError("this part is too large to be shown at full size")
        predictions = [] if adjustments is None else self._predict(plate, adjustments)
        with self._at_work:
            if plate.part is None or plate.part[0] != box:
                plate.part = box, _part(picture, box)
            codes = plate.part[1]
            if adjustments is None:
                return _shrunk(_as_gray(codes), side)
            chosen = predictions[adjustments.variant]
            shown = self.colorizer.with_options(adjustments.options()).color_codes(
                codes, chosen, whole=(picture.height, picture.width), corner=(box.y, box.x)
            )
        return _shrunk(shown, side)

    def original(self, source: Path, side: int) -> Shown:
        """Show the photograph as it came, in color if it is."""
        with self._at_work:
            return read_color_shrunk(
                source, lambda h, w: _fitting(h, w, side), max_pixels=self._most_pixels
            )

    def color(
        self, source: Path, adjustments: Adjustments, side: int, *, draft: bool = False
    ) -> Shown:
        """Show the photograph in color.

        Args:
            source: the photograph.
            adjustments: how.
            side: px of the longer side, at most `SCREEN`.
            draft: take what was predicted for another strength, while a slider is moved.
        """
        plate = self.plate(source)
        chosen = self._predict(plate, adjustments, draft=draft)[adjustments.variant]
        colorizer = self.colorizer.with_options(adjustments.options())
        with self._at_work:
            if plate.smaller is None or plate.smaller[0] != side:
                least = chosen.chroma.shape[1:]
                plate.smaller = side, _shrunk_codes(plate.codes, side, least)
            codes = plate.smaller[1]
            return _shrunk(colorizer.color_codes(codes, chosen), side)

    def facts(self, source: Path, adjustments: Adjustments) -> dict[str, Any]:
        """Tell what a person may want to know of a photograph that was colored."""
        plate = self.plate(source)
        picture = plate.picture
        known: dict[str, Any] = {
            "height": picture.height,
            "width": picture.width,
            "kind": picture.kind,
            "tone": picture.tone.kind,
            "caption": caption_of(picture.metadata),
            "notes": [each.replace(str(source), "the photograph") for each in notes_of(picture)],
        }
        if not is_left(picture, adjustments):
            prediction = self._predict(plate, adjustments)[0]
            known["confidence"] = prediction.mean_confidence
        return known

    def guesses(self, source: Path) -> Guesses:
        """Tell what else the places of a photograph may be.

        Raises:
            InputError: when the model cannot tell.
        """
        plate = self.plate(source)
        with plate.lock:
            if plate.guesses is None:
                with self._at_work:
                    plate.guesses = self.colorizer.guess(plate.picture)
            return plate.guesses

    def doubt(self, source: Path, side: int) -> Shown:
        """Draw where the model guesses: stripes, the denser the less it is sure.

        Args:
            source: the photograph.
            side: px of the longer side.

        Returns:
            (h, w, 4) sRGB codes and opacity, to be laid over the photograph.
        """
        plate = self.plate(source)
        confidence = self._predict(plate, Adjustments(recolor=True))[0].confidence
        if confidence is None:
            raise InputError("the model cannot tell where it guesses")
        scale = side / max(plate.codes.shape)
        height, width = (max(1, round(n * scale)) for n in plate.codes.shape)
        return stripes(1 - resample(confidence[None], height, width)[0])

    def save(self, source: Path, adjustments: Adjustments, *, name: str, folder: Path) -> Path:
        """Write the photograph in color at its full size, by the one path of the engine.

        One that is in color already and stays so comes along unchanged.

        Args:
            source: the photograph.
            adjustments: how.
            name: what the person calls it.
            folder: where to; nothing is replaced there.

        Returns:
            The file.

        Raises:
            InputError: when it cannot be written.
        """
        plate = self.plate(source)
        if is_left(plate.picture, adjustments):
            return self._copy(source, folder / file_name(name))
        predictions = self._predict(plate, adjustments)
        colorizer = self.colorizer.with_options(adjustments.options())
        wanted = color_path(folder / file_name(name), plate.picture.kind)
        with self._saving:  # one at a time: each keeps all cores busy
            target = next(path for path in numbered(wanted) if not path.exists())
            colorizer.write_prediction(
                _captioned(plate.picture, adjustments),
                predictions[adjustments.variant],
                target,
                variant=adjustments.variant,
            )
        return target

    def _copy(self, source: Path, wanted: Path) -> Path:
        """Let a photograph that is in color already come along, byte for byte."""
        try:
            sha256 = file_sha256(source)
        except OSError as error:
            raise InputError(f"{source}: {error.strerror or error}") from error
        with self._saving:
            target = next(path for path in numbered(wanted) if not path.exists())
            if not copy_written(source, target, sha256=sha256):
                raise InputError("the photograph has changed meanwhile")
        return target

    def _predict(
        self, plate: Plate, adjustments: Adjustments, *, draft: bool = False
    ) -> list[Prediction]:
        options, variants = adjustments.options(), adjustments.variant > 0
        if is_left(plate.picture, adjustments):
            raise InputError(f"it is in color already ({plate.picture.tone.why})")
        with plate.lock:
            at = options.saturation if options.hints else None
            asked = options.temperature, options.hints, at, variants
            fitting = (
                made
                for key, made in plate.predictions.items()
                if key[:2] == asked[:2] and (draft or key[2] == at) and key[3] >= variants
            )
            known = next(fitting, None)
            if known is None:
                wanted = Options(
                    saturation=at,
                    temperature=options.temperature,
                    hints=options.hints,
                    variants=VARIANTS if variants else 0,
                )
                with self._at_work:
                    known = self.colorizer.with_options(wanted).predict_variants(plate.picture)
                plate.predictions[asked] = known
                while len(plate.predictions) > _PREDICTIONS:
                    plate.predictions.popitem(last=False)
        return known


def _version_of(source: Path) -> tuple[int, int]:
    try:
        now = source.stat()
    except OSError as error:
        raise InputError(f"{source}: {error.strerror or error}") from error
    return now.st_mtime_ns, now.st_size


def _captioned(picture: Picture, adjustments: Adjustments) -> Picture:
    """Let a photograph say what the person says of it."""
    if adjustments.caption is None:
        return picture
    return replace(picture, metadata=with_caption(picture.metadata, adjustments.caption))


def is_left(picture: Picture, adjustments: Adjustments) -> bool:
    """Say whether a photograph is in color already and stays as it is."""
    return picture.tone.kind == "color" and not adjustments.recolor


def reason_of(error: Exception, source: Path) -> str:
    """Say in plain words why a photograph could not be colored.

    Neither the place it lies at is told, nor a remedy that only the command line has.
    """
    if isinstance(error, PhotochromError):
        words = str(error).removeprefix(f"{source}: ").replace(str(source), "the photograph")
        return words.partition("; --")[0]
    if isinstance(error, MemoryError):
        return "there is not enough memory for it"
    return f"unexpected {type(error).__name__}"


def encoded(shown: Shown) -> bytes:
    """Encode what is shown: as JPEG, which takes a fraction of the time of WebP; opacity as PNG."""
    if shown.shape[2] == 4:
        return bytes(array_to_image(shown).write_to_buffer(".png", compression=3, keep="none"))
    data: bytes = array_to_image(shown).write_to_buffer(
        ".jpg", Q=_QUALITY, keep="none", subsample_mode="off"
    )
    return data


def _as_gray(codes: NDArray[np.uint16]) -> Shown:
    gray = np.rint(codes / 257).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


def _part(picture: Picture, box: Excerpt) -> NDArray[np.uint16]:
    """Decode a part of a picture."""
    rows, at, end = [], 0, box.y + box.height
    for strip in picture.strips():
        wanted = slice(max(0, box.y - at), max(0, end - at))
        rows.append(strip[wanted, box.x : box.x + box.width])
        at += len(strip)
        if at >= end:
            break
    return np.concatenate(rows)


def _fitting(height: int, width: int, side: int) -> tuple[int, int]:
    scale = min(1, side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _shrunk(shown: Shown, side: int) -> Shown:
    height, width = shown.shape[:2]
    return shrink(shown, *_fitting(height, width, side))


def _shrunk_codes(
    codes: NDArray[np.uint16], side: int, least: tuple[int, ...]
) -> NDArray[np.uint16]:
    """Shrink gray codes, to no less than the prediction."""
    size = (codes.shape[0], codes.shape[1])
    height, width = (max(pair) for pair in zip(_fitting(*size, side), least, strict=True))
    if (height, width) == size:
        return codes
    means = area_mean([codes.astype(np.float32)], size, (height, width))
    return np.rint(means).astype(np.uint16)


def stripes(doubt: NDArray[np.float32]) -> Shown:
    """Draw doubt, (h, w) from 0 to 1, as stripes, wider where it is larger.

    Only the less certain third of a picture has any: there a person can help.

    Returns:
        (h, w, 4) uint8 sRGB and opacity.
    """
    height, width = doubt.shape
    phase = np.add.outer(np.arange(height), np.arange(width)) % _STRIPE / _STRIPE
    sure, least = np.quantile(doubt, _DRAWN)
    rising = np.clip((doubt - max(sure, _SURE)) / max(least - sure, 0.05), 0, 1) * _WIDEST
    edge = np.minimum(_EDGE, rising)
    drawn = np.zeros((height, width, 4), np.uint8)
    drawn[phase < rising] = (30, 30, 30, 150)
    drawn[(phase < rising - edge / 2) & (phase > edge / 2)] = (255, 255, 255, 200)
    return drawn
