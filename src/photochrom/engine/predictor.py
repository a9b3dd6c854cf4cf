"""Predictor: what a model sees in pictures, under some options."""

import copy
from dataclasses import replace
from importlib.metadata import version
from typing import Self

import numpy as np
from numpy.typing import NDArray

from photochrom.engine.conditions import NOTHING, Conditions
from photochrom.engine.hints import hint_map, keep_behind_edges, meet_hints
from photochrom.engine.kinds import Kinds
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
        self._kinds = Kinds(session, options)

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
        other._kinds = Kinds(self.session, options)
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

    def label_map_sha256(self, name: str) -> str | None:
        """Hash the label map that decides about a picture; None when there is none."""
        return self._kinds.map_sha256(name)

    def predict(self, lightness: F32, *, given: Conditions = NOTHING) -> Prediction:
        """Predict chroma for lightness at the working size; saturation is not applied.

        Args:
            lightness: (h, w) float32, L* in [0, 100].
            given: what a person tells, on the same pixels.

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
            given=given,
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
        lightness, given = self._look_at(picture)
        prediction = self._predict_seen(lightness, given)
        if not self.options.variants:
            return [prediction]
        found = vary(
            self.session,
            lightness,
            prediction,
            count=self.options.variants,
            temperature=self.options.temperature,
            given=given,
        )
        return [prediction, *(_met(each, lightness, given.hints) for each in found)]

    def _predict_seen(self, lightness: F32, given: Conditions) -> Prediction:
        """Predict chroma from lightness at the working size and what is given."""
        plain = self.predict(lightness, given=given.without_hints())
        if given.hints is None:
            return plain
        hinted = self.predict(lightness, given=given)
        chroma = keep_behind_edges(hinted.chroma, plain.chroma, lightness, given.hints)
        return _met(replace(hinted, chroma=chroma), lightness, given.hints)

    def _look_at(self, picture: Picture) -> tuple[F32, Conditions]:
        """Give lightness at the working size, and what the options tell on its pixels."""
        size = (picture.height, picture.width)
        shape = working_shape(*size, self.size)
        lightness = picture.downscaled(*shape)
        labels = self._kinds.map_of(picture.name, size, shape)
        if not self.options.hints:
            return lightness, Conditions(labels=labels)
        drawn = hint_map(self.options.hints, size, shape)
        drawn[:2] /= self.saturation  # which the merge multiplies with
        return lightness, Conditions(hints=drawn, labels=labels)

    def kind_note(self, prediction: Prediction) -> tuple[str, ...]:
        """Say for what the model took a picture, if it tells kinds apart and was not told."""
        note = self._kinds.note_on(prediction.kinds)
        return () if note is None else (note,)

    def require_confidence(self) -> None:
        """Refuse a model that cannot tell its confidence.

        Raises:
            InputError: when it has no distribution.
        """
        self.session.require_output("distribution", "it cannot tell its confidence")


def _met(prediction: Prediction, lightness: F32, drawn: F32 | None) -> Prediction:
    """Correct a prediction so that it meets the hints (3, h, w), if there are any."""
    if drawn is None:
        return prediction
    return replace(prediction, chroma=meet_hints(prediction.chroma, lightness, drawn))
