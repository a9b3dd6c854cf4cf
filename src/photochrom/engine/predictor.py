"""Predictor: what a model sees in pictures, under some options."""

import copy
import math
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Self

import numpy as np
from numpy.typing import NDArray

from photochrom.engine.edits.regions import paint_hints, regions_of
from photochrom.engine.guesses import Guesses
from photochrom.engine.kinds import Kinds
from photochrom.engine.options import Options
from photochrom.engine.prediction import (
    NO_INPUTS,
    Inputs,
    Prediction,
    follow_edges,
    predict,
    predict_mixed,
    vary,
)
from photochrom.engine.session import Mixture, Outputs, Session
from photochrom.engine.tiles import pad_to_multiple, working_shape
from photochrom.errors import InputError
from photochrom.picture import Picture, Provenance
from photochrom.picture.geometry.borders import find_picture

F32 = NDArray[np.float32]


class Predictor:
    """A loaded model, or a mix of them, and options; safe from many threads.

    Attributes:
        session: the loaded model or mix.
        card: what the model says about itself.
        sha256: of the model file, lower-case hexadecimal.
        options: what applies to every picture.
        saturation: the chroma multiplier in use.
        size: N; the network sees pictures at an area of N x N pixels.
        kinds: what the options say about the kinds that the model tells apart.
    """

    def __init__(self, session: Session | Mixture, options: Options) -> None:
        """Check that the model can do what the options ask.

        Raises:
            InputError: when it cannot.
        """
        self.session = session
        self.card = session.card
        self.sha256 = session.sha256
        self.options = options
        self.saturation = self.card.saturation if options.saturation is None else options.saturation
        self.size = options.size or self.card.working_size
        if self.card.largest_size is not None and self.size > self.card.largest_size:
            raise InputError(
                f"model {self.card.name} takes a size of {self.card.largest_size} at most,"
                f" not {self.size}"
            )
        if options.temperature is not None:
            self.session.require_output("distribution", "its temperature cannot be changed")
        if options.confidence:
            self.require_confidence()
        if options.variants:
            self.session.require_output("distribution", "it knows no other colorings")
        if options.hints and not self.saturation:
            raise InputError("hints have no effect at a saturation of 0")
        self.kinds = Kinds(self.session, options)

    def with_options(self, options: Options) -> Self:
        """Make a colorizer with other options; both share the loaded model.

        Raises:
            InputError: when the model cannot do what an option asks.
        """
        other = copy.copy(self)
        Predictor.__init__(other, self.session, options)
        return other

    @property
    def provenance(self) -> Provenance:
        """What is written into results about how they were made."""
        return self.provenance_of(0)

    def provenance_of(self, variant: int) -> Provenance:
        """Tell how a result was made; 0 is the coloring itself, others count its variants."""
        options: dict[str, object] = {
            "saturation": self.saturation,
            "temperature": self.options.temperature or self.card.temperature,
            "size": self.size,
        }
        if self.options.warmth:
            options["warmth"] = self.options.warmth
        if self.options.hints:
            options["hints"] = " ".join(map(str, self.options.hints))
        if self.options.label is not None:
            options["label"] = self.options.label
        if self.options.labels is not None:
            options["labels"] = self.options.labels
        if variant:
            options["variant"] = variant
        return Provenance(
            model=self.card.name,
            model_sha256=self.sha256,
            options=options,
            version=version("photochrom"),
        )

    def predict(
        self,
        lightness: F32,
        *,
        inputs: Inputs = NO_INPUTS,
        seen: dict[tuple[int, int], Outputs] | None = None,
    ) -> Prediction:
        """Predict chroma for lightness at the working size; saturation is not applied.

        Args:
            lightness: (h, w) float32, L* in [0, 100].
            inputs: of the network beside lightness, by name, on the pixels to which that is padded.
            seen: what the network has given for these already, or an empty memory for it.

        Returns:
            Chroma and confidence on the same pixels.

        Raises:
            InferenceError: when the network cannot be run.
        """
        if isinstance(self.session, Mixture):
            return predict_mixed(self.session, lightness, size=self.size)
        temperature = self.options.temperature
        return predict(
            self.session,
            lightness,
            size=self.size,
            temperature=temperature,
            inputs=inputs,
            seen=seen,
        )

    def predict_picture(self, picture: Picture) -> Prediction:
        """Predict chroma for a picture, at its working size; saturation is not applied.

        Raises:
            InputError: when a hint lies outside the picture.
            InferenceError: when the network cannot be run.
        """
        view = self._look_at(picture)
        return self._finish(view, [self.predict(view.lightness, inputs=view.inputs)])[0]

    def guess(self, picture: Picture) -> Guesses:
        """Tell what else the places of a picture may be, before anything is hinted.

        Raises:
            InputError: when the model has no distribution.
            InferenceError: when the network cannot be run.
        """
        self.session.require_output("distribution", "it knows no other colors")
        assert isinstance(self.session, Session)  # noqa: S101  (a mix has no distribution)
        view = self._look_at(picture)
        padded = pad_to_multiple(view.lightness, self.card.size_multiple)
        outputs = self.session.run(padded, outputs=("distribution",), inputs=view.inputs)
        assert outputs.distribution is not None  # noqa: S101  (asked for)
        bins = np.array(self.card.bins, np.float32)
        shape = (padded.shape[0], padded.shape[1])
        return Guesses(outputs.distribution, bins, view.lightness, shape, frame=view.frame)

    def look_at(self, picture: Picture) -> "Sight":
        """Shrink a picture for the network; what that gives is kept there once it is asked."""
        return Sight(self._look_at(picture))

    def predict_variants(self, picture: Picture, sight: "Sight | None" = None) -> list[Prediction]:
        """Predict chroma for a picture, then as many other ways as the options ask for.

        Args:
            picture: any; it is decoded once for all of them.
            sight: of this picture and model, whatever temperature, saturation, hints and variants
                it was asked with: then the network is not run again. None for none.

        Returns:
            The prediction of `predict_picture`, and others in which whole regions have another
            color; hints are met in all of them.

        Raises:
            InputError: when a hint lies outside the picture.
            InferenceError: when the network cannot be run.
        """
        sight = sight or self.look_at(picture)
        view = sight.view
        found = [self.predict(view.lightness, inputs=view.inputs, seen=sight.outputs)]
        if self.options.variants:
            assert isinstance(self.session, Session)  # noqa: S101  (a mix has no distribution)
            found += vary(
                self.session,
                view.lightness,
                found[0],
                count=self.options.variants,
                temperature=self.options.temperature,
                inputs=view.inputs,
            )
        return self._finish(view, found)

    def _look_at(self, picture: Picture) -> "_View":
        """Shrink a picture to the working size, its border left out, and what options tell too."""
        size = (picture.height, picture.width)
        shape = working_shape(*size, self.size)
        whole = picture.downscaled(*shape)
        box = None if self.options.no_borders else find_picture(whole)
        if box is not None:  # what lies inside shall have the working size, not the whole
            sides = [side.stop - side.start for side in box]
            inside = [n * part // grid for n, part, grid in zip(size, sides, shape, strict=True)]
            wanted = working_shape(inside[0], inside[1], self.size)
            scale = max(1.0, *(n / part for n, part in zip(wanted, sides, strict=True)))
            finer = [min(n, round(grid * scale)) for n, grid in zip(size, shape, strict=True)]
            whole = picture.downscaled(finer[0], finer[1])
            ratios = [n / grid for n, grid in zip(finer, shape, strict=True)]
            box = _scaled(box[0], ratios[0]), _scaled(box[1], ratios[1])
        rows, columns = box or (slice(0, shape[0]), slice(0, shape[1]))
        inputs = NO_INPUTS
        if self.kinds.are_told:
            labels = self.kinds.map_of(picture.name, size, (whole.shape[0], whole.shape[1]))
            labels = labels[:, rows, columns]
            more = [(0, -side % self.card.size_multiple) for side in labels.shape[1:]]
            inputs = {"labels": np.pad(labels, [(0, 0), *more], mode="edge")}
        return _View(size, whole, whole[rows, columns], rows, columns, inputs)

    def _finish(self, view: "_View", found: list[Prediction]) -> list[Prediction]:
        """Let colors follow edges, put the border around them, and meet hints.

        Args:
            view: of the picture.
            found: predictions, the picture's own first.
        """
        if not self.options.no_edges:
            found = [
                replace(each, chroma=follow_edges(each.chroma, view.lightness)) for each in found
            ]
        if view.lightness.shape != view.whole.shape:
            found = [view.with_border(each) for each in found]
        hints = self.options.hints
        if not hints:
            return found
        regions = regions_of(hints, view.whole, found[0], view.size, is_picture=view.is_picture)
        painted = []
        for each in found:
            shown = each.chroma * np.float32(self.saturation)  # which the merge multiplies with
            chroma = paint_hints(shown, hints, regions) / np.float32(self.saturation)
            painted.append(replace(each, chroma=chroma, regions=regions))
        return painted

    def require_confidence(self) -> None:
        """Refuse a model that cannot tell its confidence.

        Raises:
            InputError: when it has no distribution.
        """
        self.session.require_output("distribution", "it cannot tell its confidence")


@dataclass(frozen=True, slots=True)
class _View:
    """A picture at the working size.

    Attributes:
        size: (height, width) of the picture in pixels.
        whole: (H, W) float32 L*, with its border.
        lightness: (h, w) of it without the border.
        rows: of it without the border.
        columns: of it without the border.
        inputs: of the network beside lightness, on the pixels to which that is padded.
    """

    size: tuple[int, int]
    whole: F32
    lightness: F32
    rows: slice
    columns: slice
    inputs: Inputs

    @property
    def is_picture(self) -> NDArray[np.bool_]:
        """(H, W), False on the border."""
        inside = np.zeros(self.whole.shape, np.bool_)
        inside[self.rows, self.columns] = True
        return inside

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """Top, left, height and width without the border, as shares of the whole."""
        height, width = self.whole.shape
        inside = self.lightness.shape
        top, left = self.rows.start / height, self.columns.start / width
        return top, left, inside[0] / height, inside[1] / width

    def with_border(self, seen: Prediction) -> Prediction:
        """Put a border of no color and no doubt around what was seen inside it."""
        whole = (slice(None), self.rows, self.columns)
        chroma = np.zeros((2, *self.whole.shape), np.float32)
        chroma[whole] = seen.chroma
        confidence, painted = seen.confidence, seen.rgb_lightness
        if confidence is not None:
            confidence = np.ones(self.whole.shape, np.float32)
            confidence[whole[1:]] = seen.confidence
        if painted is not None:
            painted = self.whole.copy()
            painted[whole[1:]] = seen.rgb_lightness
        return replace(seen, chroma=chroma, confidence=confidence, rgb_lightness=painted)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a model has seen of a picture, before anything is made of it.

    Attributes:
        view: what it is shown.
        outputs: what it gave for each window; empty until it is asked.
    """

    view: _View
    outputs: dict[tuple[int, int], Outputs] = field(default_factory=dict)


def _scaled(side: slice, ratio: float) -> slice:
    """Scale rows or columns to a finer grid, rather without what is half border."""
    return slice(math.ceil(side.start * ratio), math.floor(side.stop * ratio))
