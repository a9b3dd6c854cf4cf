"""Predictor: what a model sees in pictures, under some options."""

import copy
from dataclasses import replace
from importlib.metadata import version
from typing import Self

import numpy as np
from numpy.typing import NDArray

from photochrom.engine.hints import hint_map, keep_behind_edges, meet_hints
from photochrom.engine.options import Options
from photochrom.engine.prediction import Prediction, predict, vary
from photochrom.engine.session import Session
from photochrom.engine.tiles import working_shape
from photochrom.errors import InputError
from photochrom.models.card import Card
from photochrom.picture import Picture, Provenance

F32 = NDArray[np.float32]


class Predictor:
    """A loaded model and options; safe from many threads.

    Attributes:
        session: the loaded model.
        options: what applies to every picture.
    """

    def __init__(self, session: Session, options: Options) -> None:
        """Check that the model can do what the options ask.

        Raises:
            InputError: when it cannot.
        """
        self.session = session
        self.options = options
        self._check_options()

    def with_options(self, options: Options) -> Self:
        """Make a colorizer with other options; both share the loaded model.

        Args:
            options: what applies to every picture.

        Raises:
            InputError: when the model cannot do what an option asks.
        """
        other = copy.copy(self)
        other.options = options
        other._check_options()
        return other

    def _check_options(self) -> None:
        if self.options.temperature is not None:
            self.session.require_output("distribution", "its temperature cannot be changed")
        if self.options.confidence:
            self.require_confidence()
        if self.options.variants:
            self.session.require_output("distribution", "it knows no other colorings")
        if self.options.hints:
            self.session.require_input("hints", "it cannot be told colors")
            if not self.saturation:
                raise InputError("hints have no effect at a saturation of 0")

    @property
    def card(self) -> Card:
        """What the model says about itself."""
        return self.session.card

    @property
    def sha256(self) -> str:
        """SHA-256 of the model file."""
        return self.session.sha256

    @property
    def saturation(self) -> float:
        """The chroma multiplier in use."""
        asked = self.options.saturation
        return self.card.saturation if asked is None else asked

    @property
    def size(self) -> int:
        """N: the network sees pictures at an area of N x N pixels."""
        return self.options.size or self.card.working_size

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
        if self.options.hints:
            options["hints"] = " ".join(map(str, self.options.hints))
        if variant:
            options["variant"] = variant
        return Provenance(
            model=self.card.name,
            model_sha256=self.sha256,
            options=options,
            version=version("photochrom"),
        )

    def predict(self, lightness: F32, *, hints: F32 | None = None) -> Prediction:
        """Predict chroma for lightness at the working size; saturation is not applied.

        Args:
            lightness: (h, w) float32, L* in [0, 100].
            hints: (3, h, w) a*, b* and a mask of 0 and 1; None for none.

        Returns:
            Chroma and confidence on the same pixels.

        Raises:
            InferenceError: when the network cannot be run.
        """
        return predict(
            self.session,
            lightness,
            size=self.size,
            temperature=self.options.temperature,
            hints=hints,
        )

    def predict_picture(self, picture: Picture) -> Prediction:
        """Predict chroma for a picture, at its working size; saturation is not applied.

        Raises:
            InputError: when a hint lies outside the picture.
            InferenceError: when the network cannot be run.
        """
        return self._predict_seen(*self._look_at(picture))

    def predict_variants(self, picture: Picture) -> list[Prediction]:
        """Predict chroma for a picture, then as many other ways as the options ask for.

        Args:
            picture: any; it is decoded once for all of them.

        Returns:
            The prediction of `predict_picture`, and others in which whole regions have another
            color; hints are met in all of them.

        Raises:
            InputError: when a hint lies outside the picture.
            InferenceError: when the network cannot be run.
        """
        lightness, drawn = self._look_at(picture)
        prediction = self._predict_seen(lightness, drawn)
        if not self.options.variants:
            return [prediction]
        found = vary(
            self.session,
            lightness,
            prediction,
            count=self.options.variants,
            temperature=self.options.temperature,
            hints=drawn,
        )
        return [prediction, *(_met(each, lightness, drawn) for each in found)]

    def _predict_seen(self, lightness: F32, drawn: F32 | None) -> Prediction:
        """Predict chroma from lightness and hints at the working size."""
        plain = self.predict(lightness)
        if drawn is None:
            return plain
        hinted = self.predict(lightness, hints=drawn)
        chroma = keep_behind_edges(hinted.chroma, plain.chroma, lightness, drawn)
        return _met(replace(hinted, chroma=chroma), lightness, drawn)

    def _look_at(self, picture: Picture) -> tuple[F32, F32 | None]:
        """Give lightness and hints at the working size; None when there are no hints."""
        shape = working_shape(picture.height, picture.width, self.size)
        lightness = picture.downscaled(*shape)
        if not self.options.hints:
            return lightness, None
        drawn = hint_map(self.options.hints, (picture.height, picture.width), shape)
        drawn[:2] /= self.saturation  # which the merge multiplies with
        return lightness, drawn

    def require_confidence(self) -> None:
        """Refuse a model that cannot tell its confidence.

        Raises:
            InputError: when it has no distribution.
        """
        self.session.require_output("distribution", "it cannot tell its confidence")


def _met(prediction: Prediction, lightness: F32, drawn: F32 | None) -> Prediction:
    """Correct a prediction so that it meets the hints, if there are any."""
    if drawn is None:
        return prediction
    return replace(prediction, chroma=meet_hints(prediction.chroma, lightness, drawn))
