"""Kinds: which of the things that a model tells apart a picture shows, and where."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from photochrom.collection.label_maps import LabelMaps, resize_labels
from photochrom.collection.names import composed
from photochrom.engine.options import Options
from photochrom.engine.session import KnownModel
from photochrom.errors import InputError
from photochrom.models.contract import LABEL_THRESHOLD

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


class Kinds:
    """What the options say about kinds, checked against a model.

    Args:
        session: the model.
        options: `label` and `labels` of them.

    Attributes:
        are_told: whether they say anything.

    Raises:
        InputError: when the model takes no labels, or has no kind of that name, or the folder of
            label maps cannot be used.
    """

    def __init__(self, session: KnownModel, options: Options) -> None:
        self._names = tuple(map(composed, session.card.labels))
        self._label = None if options.label is None else composed(options.label)
        self._maps = None
        self.are_told = options.label is not None or options.labels is not None
        if not self.are_told:
            return
        session.require_input("labels", "it cannot be told kinds")
        if options.label is not None and options.labels is not None:
            raise InputError("give a label for whole pictures or a folder of label maps, not both")
        if self._label is not None and self._label not in self._names:
            known = ", ".join(self._names) or "only one kind, which needs no label"
            raise InputError(
                f"model {session.card.name} knows no {options.label!r}; it knows {known}"
            )
        if options.labels is not None:
            self._maps = LabelMaps(Path(options.labels))

    def map_of(self, name: str, size: tuple[int, int], shape: tuple[int, int]) -> I64:
        """Give the labels of a picture, where options say anything.

        Args:
            name: of the picture.
            size: (height, width) of the upright picture.
            shape: of the result.

        Returns:
            (1, h, w) int64.

        Raises:
            InputError: when its label map is missing or does not fit.
        """
        if self._label is not None:
            return np.full((1, *shape), self._names.index(self._label) + 1, np.int64)
        assert self._maps is not None  # noqa: S101  (else nothing is told)
        labels = self._maps.of(name, size, kinds=max(1, len(self._names)))
        return resize_labels(labels, shape)[None].astype(np.int64)

    def map_sha256(self, name: str) -> str | None:
        """Hash the label map of a picture; None when there is none."""
        return None if self._maps is None else self._maps.sha256_of(name)

    def notes_on(self, probability: F32) -> tuple[str, ...]:
        """Say for what a model took a picture, (K,) probable, when it was not told."""
        if self.are_told:
            return ()
        best = int(probability.argmax())
        share = f"{100 * float(probability[best]):.0f} %"
        if probability[best] < LABEL_THRESHOLD:
            name = self._names[best]
            return (f"of no kind surely ({name} {share}): the base's colors were kept",)
        return (f"taken for {self._names[best]} ({share})",)
