"""Colorizer: a model and options, loaded once, for any number of pictures."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from photochrom.engine.edits.file import (
    Edits,
    edits_path,
    path_from,
    photograph_sha256,
    write_edits,
)
from photochrom.engine.merge import (
    MERGE_THREADS,
    Codes,
    StripMerger,
    as_array,
    merge_strips,
    to_8_bit,
    warmed,
)
from photochrom.engine.options import Options
from photochrom.engine.prediction import Prediction, write_confidence
from photochrom.engine.predictor import Predictor
from photochrom.engine.result import (
    ALREADY_IN_COLOR,
    FileResult,
    Status,
    color_path,
    confidence_path,
    notes_of,
    refuse_existing,
    variant_paths,
)
from photochrom.engine.session import open_session
from photochrom.errors import InputError
from photochrom.models.registry import DEFAULT_MODEL
from photochrom.picture import (
    Picture,
    encode_picture,
    kind_of_suffix,
    read_picture,
    write_picture,
)
from photochrom.picture.metadata.captions import with_caption
from photochrom.picture.reading.read import MAX_PIXELS

F32 = NDArray[np.float32]


class Colorizer(Predictor):
    """A model and options; safe from many threads.

    Attributes:
        session: the loaded model.
        options: what applies to every picture.
    """

    def __init__(
        self,
        model: str | Path = DEFAULT_MODEL,
        *,
        options: Options | None = None,
        max_pixels: int = MAX_PIXELS,
        providers: Sequence[str] | None = None,
        threads: int | None = None,
    ) -> None:
        """Load a model.

        Args:
            model: name of a model, a contract file, or a mix such as ``a+b`` or ``a*0.6+b*0.4``.
            options: what applies to every picture.
            max_pixels: larger pictures are refused.
            providers: ONNX Runtime execution providers; by default what the wheel offers.
            threads: that one picture may keep busy; by default one per core for the network, and
                `MERGE_THREADS` for the merge, beyond which reading and writing set the pace.

        Raises:
            ModelError: when there is no such model, or it does not follow the contract.
            InputError: when the mix is none, or the model cannot do what an option asks.
        """
        session = open_session(model, providers=providers, threads=threads)
        super().__init__(session, options or Options())
        self._max_pixels = max_pixels
        self._merge_threads = min(threads or MERGE_THREADS, MERGE_THREADS)

    def colorize_picture(self, picture: Picture) -> Iterator[Codes]:
        """Color a picture, streaming.

        Args:
            picture: any tone; color is ignored.

        Returns:
            Strips (n, W, 3), sRGB, uint8 or uint16 as the picture's ``bits``, top to bottom. Their
            luminance is that of the picture.

        Raises:
            InferenceError: when the network cannot be run.
        """
        return self._merge(picture, self.predict_picture(picture))

    def colorize_array(self, array: NDArray[Any]) -> NDArray[Any]:
        """Color an array.

        Args:
            array: (H, W) gray or (H, W, 3) RGB, sRGB-encoded; uint8, uint16, or float in [0, 1].

        Returns:
            (H, W, 3), of the same type.

        Raises:
            InputError: when it is not such an array, or in color already without ``recolor``.
        """
        return self.colorize_array_with_confidence(array)[0]

    def colorize_array_with_confidence(
        self, array: NDArray[Any]
    ) -> tuple[NDArray[Any], F32 | None]:
        """Color an array, and say where the model is sure.

        Args:
            array: as `colorize_array` takes it.

        Returns:
            What `colorize_array` gives, and (h, w) float32 confidence in [0, 1] at the working
            size; None when the model cannot tell.

        Raises:
            InputError: as `colorize_array`.
        """
        picture = self._read_gray(array)
        prediction = self.predict_picture(picture)
        colored = as_array(self._merge(picture, prediction), array.dtype)
        return colored, prediction.confidence

    def vary_array(self, array: NDArray[Any]) -> list[NDArray[Any]]:
        """Color an array in as many other plausible ways as the options ask for.

        Args:
            array: as `colorize_array` takes it.

        Returns:
            (H, W, 3) arrays of the same type.

        Raises:
            InputError: when it is not such an array, or in color already without ``recolor``.
        """
        picture = self._read_gray(array)
        _, *others = self.predict_variants(picture)
        return [as_array(self._merge(picture, each), array.dtype) for each in others]

    def colorize_file(
        self,
        source: Path | bytes,
        target: Path | BinaryIO,
        *,
        kind: str | None = None,
        quality: int | None = None,
        overwrite: bool = False,
        confidence_map: Path | None = None,
    ) -> FileResult:
        """Color a file. A picture that is in color already is skipped unless ``recolor`` is set.

        With the option ``variants``, NAME-variant-1.EXT and so on go beside the target.

        Args:
            source: the photograph, or the bytes of its file.
            target: the result, under its name only when complete; or an open file, for one result
                that is written at once.
            kind: of the result; by default what the target's suffix says, else as the photograph.
            quality: of lossy kinds, 1 to 100.
            overwrite: whether files may be replaced.
            confidence_map: where to write a PNG, of the working size, of where the model is sure
                (white) or not; None for nowhere.

        Raises:
            InputError: when the photograph cannot be read, the result cannot be written, or the
                model cannot tell its confidence.
            InferenceError: when the network cannot be run.
        """
        damaged = self.options.damaged
        picture = read_picture(source, max_pixels=self._max_pixels, damaged=damaged)
        tone = picture.tone
        found = FileResult(
            status=Status.COLORIZED,
            tone=tone.kind,
            in_color=tone.in_color,
            pixels=picture.height * picture.width,
        )
        if tone.kind == "color" and not self.options.recolor:
            why = (tone.why,)
            return replace(found, status=Status.SKIPPED, reason=ALREADY_IN_COLOR, notes=why)
        if isinstance(target, Path):
            prediction, lost = self._write_all(
                picture,
                source,
                (target, *variant_paths(target, self.options.variants)),
                kind=kind or kind_of_suffix(target.suffix),
                quality=quality,
                overwrite=overwrite,
                confidence_map=confidence_map,
            )
        else:
            prediction = self.predict_picture(picture)
            strips = self._merge(picture, prediction)
            content, lost = encode_picture(
                picture, strips, kind=kind, quality=quality, provenance=self.provenance
            )
            target.write(content)
        kinds = () if prediction.kinds is None else self.kinds.notes_on(prediction.kinds)
        return replace(
            found,
            notes=(*notes_of(picture), *kinds, *lost),
            confidence=prediction.mean_confidence,
        )

    def _write_all(  # noqa: PLR0913 - what `colorize_file` takes
        self,
        picture: Picture,
        source: Path | bytes,
        targets: Sequence[Path],
        *,
        kind: str | None,
        quality: int | None = None,
        overwrite: bool = False,
        confidence_map: Path | None = None,
    ) -> tuple[Prediction, tuple[str, ...]]:
        """Write a picture, its variants after it, how they were made, and its confidence map.

        Returns:
            The prediction, and what could not be kept as it was.
        """
        maps = () if confidence_map is None else (confidence_map,)
        if maps:
            self.require_confidence()
        has_edits = self.options.save_edits and isinstance(source, Path)
        edited = map(edits_path, targets) if has_edits else ()
        for path in (*maps, *targets, *edited):  # rather before the work than after it
            refuse_existing(path, overwrite=overwrite)
        predictions = self.predict_variants(picture)
        lost: tuple[str, ...] = ()
        for number, (target, each) in enumerate(zip(targets, predictions, strict=True)):
            provenance = self.provenance_of(number)
            lost = write_picture(
                picture,
                self._merge(picture, each),
                target,
                kind=kind,
                quality=quality,
                provenance=provenance,
                overwrite=overwrite,
            )
            if has_edits and isinstance(source, Path):
                edits = self.edits_of(source, path_from(target, source), variant=number)
                made = replace(edits, made_at=provenance.made_at, kind=kind, quality=quality)
                write_edits(target, made, overwrite=overwrite)
        if confidence_map is not None:
            write_confidence(predictions[0], confidence_map, overwrite=overwrite)
        return predictions[0], lost

    def edits_of(self, source: Path, photograph: str, *, variant: int = 0) -> Edits:
        """Tell everything that a result made now by `write_prediction` is made with.

        Args:
            source: the photograph.
            photograph: what it is called in the edits.
            variant: which of `predict_variants` it is.

        Raises:
            InputError: when the photograph cannot be read.
        """
        provenance = self.provenance_of(variant)
        return Edits(
            photograph=photograph,
            photograph_sha256=photograph_sha256(source),
            model=provenance.model,
            model_sha256=provenance.model_sha256,
            version=provenance.version,
            made_at=provenance.made_at,
            options=self.options,
            variant=variant,
        )

    def write_prediction(
        self,
        picture: Picture,
        prediction: Prediction,
        target: Path,
        *,
        edits: Edits,
        overwrite: bool = False,
    ) -> tuple[str, ...]:
        """Write a picture with colors that were predicted earlier.

        Args:
            picture: the original.
            prediction: of this picture, from this model.
            target: the result; under its name only when complete.
            edits: from `edits_of`, with the caption, kind and quality that are wanted.
            overwrite: whether the target may be replaced.

        Returns:
            What could not be kept as it was.

        Raises:
            InputError: when it cannot be written.
        """
        if edits.caption is not None:
            picture = replace(picture, metadata=with_caption(picture.metadata, edits.caption))
        return write_picture(
            picture,
            self._merge(picture, prediction),
            target,
            kind=edits.kind,
            quality=edits.quality,
            provenance=replace(self.provenance_of(edits.variant), made_at=edits.made_at),
            overwrite=overwrite,
        )

    def color_codes(
        self,
        codes: NDArray[np.uint16],
        prediction: Prediction,
        *,
        whole: tuple[int, int] | None = None,
        corner: tuple[int, int] = (0, 0),
        is_quick: bool = False,
    ) -> NDArray[np.uint8]:
        """Color a part of a picture, or a small copy of it, as the picture itself would be.

        Args:
            codes: (n, m) gray codes, full scale 65535.
            prediction: of the picture, and not larger than it or its copy.
            whole: height and width of what the codes are a part of; None when they are all of it.
            corner: row and column of the first of them.
            is_quick: look colors up, which are then a little beside those of the picture.

        Returns:
            (n, m, 3) sRGB codes.
        """
        height, width = whole or (codes.shape[0], codes.shape[1])
        columns = slice(corner[1], corner[1] + codes.shape[1])
        chroma = self._finished_chroma(prediction)
        merger = StripMerger(chroma, height, width, bits=8, columns=columns, is_quick=is_quick)
        return merger.merge(codes, corner[0])  # by one thread: two wait for each other's Python

    def __call__(self, source: Any) -> Any:
        """Color anything and return the same kind of thing.

        Args:
            source: a path (the result is written beside it as NAME-color.EXT, with the option
                ``confidence`` NAME-confidence.png, with ``variants`` NAME-color-variant-1.EXT and
                so on), the bytes of a file, an array, or a PIL image.

        Returns:
            The path of the result, bytes of the same format, an array, or a PIL image.

        Raises:
            InputError: when it cannot be read, is in color already without ``recolor``, or the
                result exists.
        """
        if isinstance(source, str | Path):
            source = Path(source)
            picture = self._read_gray(source)
            target = color_path(source, picture.kind)
            targets = (target, *variant_paths(target, self.options.variants))
            maps = confidence_path(source) if self.options.confidence else None
            self._write_all(picture, source, targets, kind=picture.kind, confidence_map=maps)
            return target
        if isinstance(source, bytes):
            picture = self._read_gray(source)
            strips = self.colorize_picture(picture)
            return encode_picture(picture, strips, provenance=self.provenance)[0]
        if isinstance(source, np.ndarray):
            return self.colorize_array(source)
        pillow = sys.modules.get("PIL.Image")  # who has a PIL image has loaded it
        if pillow is None or not isinstance(source, pillow.Image):
            raise TypeError(f"a path, bytes, an array or a PIL image, not {type(source).__name__}")
        strips = self.colorize_picture(self._read_gray(source))
        colored = pillow.fromarray(np.concatenate([to_8_bit(strip) for strip in strips]))
        if source.has_transparency_data and colored.size == source.size:
            colored.putalpha(source.convert("RGBA").getchannel("A"))
        return colored

    def _merge(self, picture: Picture, prediction: Prediction) -> Iterator[Codes]:
        chroma = self._finished_chroma(prediction)
        merger = StripMerger(chroma, picture.height, picture.width, bits=picture.bits)
        return merge_strips(picture.strips(), merger, threads=self._merge_threads)

    def _finished_chroma(self, prediction: Prediction) -> F32:
        chroma = prediction.chroma * np.float32(self.saturation)
        return warmed(chroma, self.options.warmth) if self.options.warmth else chroma

    def _read_gray(self, source: Any) -> Picture:
        """Read what is to be colored, and refuse what is in color already."""
        damaged = self.options.damaged
        picture = read_picture(source, max_pixels=self._max_pixels, damaged=damaged)
        if picture.tone.kind == "color" and not self.options.recolor:
            raise InputError(
                f"{picture.name} is in color already; recolor=True colors it all the same "
                f"({picture.tone.why})"
            )
        return picture


def colorize(
    source: Any, *, model: str | Path = DEFAULT_MODEL, options: Options | None = None
) -> Any:
    """Color one photograph and return the same kind of thing.

    For many photographs make one `Colorizer` and call it: this loads the model each time.

    Args:
        source: a path (the result is written beside it as NAME-color.EXT), the bytes of a file, an
            array (H, W) or (H, W, 3), or a PIL image.
        model: name of a model, a contract file, or a mix such as ``a+b``.
        options: saturation, temperature, size and the rest.

    Returns:
        The path of the result, bytes of the same format, an array (H, W, 3), or a PIL image.

    Raises:
        InputError: when the picture cannot be read or is in color already, or the result exists.
        ModelError: when the model is missing or damaged.
        InferenceError: when the network cannot be run.
    """
    return Colorizer(model, options=options)(source)
