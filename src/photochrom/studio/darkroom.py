"""What the studio keeps of photographs in memory, so that a change of color needs no new inference.

A plate is a photograph at the size of a screen and what the model saw in it. Both are made by the
engine, as `colorize` makes them; the file that is saved is made by it from the same prediction.
"""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.lab import lightness_to_gray
from photochrom.color.table import color_table
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.edits.file import edits_path, write_edits
from photochrom.engine.guesses import Guesses
from photochrom.engine.hints import Hint
from photochrom.engine.options import Options
from photochrom.engine.prediction import Prediction
from photochrom.engine.predictor import Sight
from photochrom.engine.resample import resample
from photochrom.engine.result import color_path, notes_of, numbered
from photochrom.errors import InputError, PhotochromError
from photochrom.files import file_sha256, write_whole
from photochrom.picture import Picture, kind_of_suffix, read_picture
from photochrom.picture.color import read_color_shrunk
from photochrom.picture.metadata.captions import caption_of
from photochrom.picture.metadata.recaption import recaptioned
from photochrom.picture.reading.formats import SUFFIXES
from photochrom.picture.write import copy_written
from photochrom.studio.adjustments import VARIANTS, Adjustments
from photochrom.studio.models import Models
from photochrom.studio.names import file_name
from photochrom.studio.shown import Shown, as_gray, fitting, shrunk, shrunk_codes, stripes
from photochrom.work.parallel import available_cores

SCREEN: Final = 1600  # px of the longer side of a plate
THUMBNAIL: Final = 360
MOST_DETAIL: Final = 16_000_000  # px of a part that is looked at at full size
MOST_PIXELS: Final = 500_000_000
_PLATES: Final = 12  # kept in memory, of about 10 MB each
_PREDICTIONS: Final = 10  # of one plate: with other temperatures and hints
_WINDOWS: Final = 4  # of a picture of which is kept what a model saw: 4 MB each
_UNTOLD: Final = "what you said of it stays in the album: a file like this cannot take it as it is"

# model, temperature, hints, the saturation that hints are to be met at, whether with variants
Asked = tuple[str | None, float | None, tuple[Hint, ...], float | None, bool]


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
        sights: what the model that was asked last has seen in it, by the model's name.
        guesses: the model that was asked last, and what else it takes places for; None for nobody.
        lock: held while something is predicted.
    """

    picture: Picture
    codes: NDArray[np.uint16]
    version: tuple[int, int]
    smaller: tuple[int, NDArray[np.uint16]] | None = None
    part: "tuple[Excerpt, NDArray[np.uint16]] | None" = None
    predictions: "OrderedDict[Asked, list[Prediction]]" = field(default_factory=OrderedDict)
    sights: dict[str | None, Sight] = field(default_factory=dict)
    guesses: tuple[str | None, Guesses] | None = None
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
        models: that photographs may be colored with.
        most_pixels: larger photographs are refused.
    """

    def __init__(self, models: Models, *, most_pixels: int = MOST_PIXELS) -> None:
        self.models = models
        self._most_pixels = most_pixels
        self._plates: OrderedDict[Path, Plate] = OrderedDict()
        self._reading: dict[Path, Lock] = {}
        self._lock = Lock()
        self._at_work = BoundedSemaphore(max(2, available_cores()))
        self._saving = Lock()
        self._is_prepared = False

    def prepare(self) -> None:
        """Tabulate colors, which takes half a second; until then they are computed."""
        with suppress(MemoryError):
            color_table()
            self._is_prepared = True

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
                lightness = picture.downscaled(*fitting(picture.height, picture.width, SCREEN))
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
        return shrunk(as_gray(self.plate(source).codes), side)

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
                return shrunk(as_gray(codes), side)
            chosen = predictions[adjustments.variant]
            shown = self._colorizer(adjustments).color_codes(
                codes, chosen, whole=(picture.height, picture.width), corner=(box.y, box.x)
            )
        return shrunk(shown, side)

    def original(self, source: Path, side: int) -> Shown:
        """Show the photograph as it came, in color if it is."""
        with self._at_work:
            return read_color_shrunk(
                source, lambda h, w: fitting(h, w, side), max_pixels=self._most_pixels
            )

    def color(
        self,
        source: Path,
        adjustments: Adjustments,
        side: int,
        *,
        draft: bool = False,
        is_quick: bool = False,
    ) -> Shown:
        """Show the photograph in color.

        Args:
            source: the photograph.
            adjustments: how.
            side: px of the longer side, at most `SCREEN`.
            draft: take what was predicted for another strength, while a slider is moved.
            is_quick: look colors up, rounded to whole a* and b*, once that is prepared.
        """
        plate = self.plate(source)
        chosen = self._predict(plate, adjustments, draft=draft)[adjustments.variant]
        colorizer = self._colorizer(adjustments)
        with self._at_work:
            if plate.smaller is None or plate.smaller[0] != side:
                least = chosen.chroma.shape[1:]
                plate.smaller = side, shrunk_codes(plate.codes, side, least)
            codes = plate.smaller[1]
            is_quick = is_quick and self._is_prepared
            return shrunk(colorizer.color_codes(codes, chosen, is_quick=is_quick), side)

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
        if is_left(picture, adjustments):
            told = adjustments.caption
            is_new = told is not None and told != known["caption"]
            if is_new and _recaptioned(picture, source, told) is None:
                known["notes"].append(_UNTOLD)
        else:
            prediction = self._predict(plate, adjustments)[0]
            known["confidence"] = prediction.mean_confidence
        return known

    def guesses(self, source: Path, model: str | None) -> Guesses:
        """Tell what else the places of a photograph may be, as the model that colors it sees it.

        Raises:
            InputError: when the model cannot tell.
        """
        plate = self.plate(source)
        with plate.lock:
            if plate.guesses is None or plate.guesses[0] != model:
                with self._at_work:
                    plate.guesses = model, self.models.find(model).guess(plate.picture)
            return plate.guesses[1]

    def doubt(self, source: Path, model: str | None, side: int) -> Shown:
        """Draw where the model guesses: stripes, the denser the less it is sure.

        Args:
            source: the photograph.
            model: that colors it.
            side: px of the longer side.

        Returns:
            (h, w, 4) sRGB codes and opacity, to be laid over the photograph.
        """
        plate = self.plate(source)
        confidence = self._predict(plate, Adjustments(recolor=True, model=model))[0].confidence
        if confidence is None:
            raise InputError("the model cannot tell where it guesses")
        scale = side / max(plate.codes.shape)
        height, width = (max(1, round(n * scale)) for n in plate.codes.shape)
        return stripes(1 - resample(confidence[None], height, width)[0])

    def save(
        self,
        source: Path,
        adjustments: Adjustments,
        *,
        name: str,
        folder: Path,
        kind: str | None = None,
    ) -> Path:
        """Write the photograph in color at its full size, and beside it how that was made.

        One that is in color already and stays so comes along as it is; another caption goes into
        its metadata where that can be done without its pixels, which `facts` tells.

        Args:
            source: the photograph.
            adjustments: how.
            name: what the person calls it.
            folder: where to; nothing is replaced there.
            kind: of the file, unless it comes along as it is; None for that of the photograph.

        Returns:
            The file.

        Raises:
            InputError: when it cannot be written.
        """
        plate = self.plate(source)
        if is_left(plate.picture, adjustments):
            return self._copy(plate.picture, source, adjustments.caption, folder / file_name(name))
        predictions = self._predict(plate, adjustments)
        colorizer = self._colorizer(adjustments)
        named = folder / file_name(name)
        if kind is not None and kind_of_suffix(named.suffix) != kind:
            named = named.with_suffix(SUFFIXES[kind][0])
        wanted = color_path(named, kind or plate.picture.kind)
        with self._saving:  # one at a time: each keeps all cores busy
            target = next(
                path
                for path in numbered(wanted)
                if not (path.exists() or edits_path(path).exists())
            )
            edits = replace(
                colorizer.edits_of(source, file_name(name), variant=adjustments.variant),
                caption=adjustments.caption,
                kind=kind,
            )
            colorizer.write_prediction(
                plate.picture, predictions[adjustments.variant], target, edits=edits
            )
            write_edits(target, edits)
        return target

    def _copy(self, picture: Picture, source: Path, caption: str | None, wanted: Path) -> Path:
        """Let a photograph that is in color already come along, but for its caption as it is."""
        try:
            sha256 = file_sha256(source)
            told = _recaptioned(picture, source, caption)
        except OSError as error:
            raise InputError(f"{source}: {error.strerror or error}") from error
        with self._saving:
            target = next(path for path in numbered(wanted) if not path.exists())
            if told is not None:
                write_whole(target, told)
            elif not copy_written(source, target, sha256=sha256):
                raise InputError("the photograph has changed meanwhile")
        return target

    def _colorizer(self, adjustments: Adjustments) -> Colorizer:
        return self.models.find(adjustments.model).with_options(adjustments.options())

    def _predict(
        self, plate: Plate, adjustments: Adjustments, *, draft: bool = False
    ) -> list[Prediction]:
        options, variants = adjustments.options(), adjustments.variant > 0
        if is_left(plate.picture, adjustments):
            raise InputError(f"it is in color already ({plate.picture.tone.why})")
        with plate.lock:
            at = options.saturation if options.hints else None
            asked = adjustments.model, options.temperature, options.hints, at, variants
            fitting = (
                made
                for key, made in plate.predictions.items()
                if key[:3] == asked[:3] and (draft or key[3] == at) and key[4] >= variants
            )
            known = next(fitting, None)
            if known is None:
                wanted = Options(
                    saturation=at,
                    temperature=options.temperature,
                    hints=options.hints,
                    variants=VARIANTS if variants else 0,
                )
                colorizer = self.models.find(adjustments.model).with_options(wanted)
                with self._at_work:
                    sight = plate.sights.pop(adjustments.model, None)
                    sight = sight or colorizer.look_at(plate.picture)
                    known = colorizer.predict_variants(plate.picture, sight)
                    if len(sight.outputs) <= _WINDOWS:
                        plate.sights = {adjustments.model: sight}
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


def _recaptioned(picture: Picture, source: Path, caption: str | None) -> bytes | None:
    """Give the file of a photograph with another caption; None when it has none or takes none."""
    if caption is None or caption == caption_of(picture.metadata):
        return None
    return recaptioned(source.read_bytes(), picture.kind, picture.metadata, caption)


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
