"""What a person tells a model about a picture, on the pixels that the network sees."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Optional inputs of a network.

    Attributes:
        hints: (3, h, w) float32 a*, b* and a mask of 0 and 1; None for none.
        labels: (1, h, w) int64, 0 leaves a pixel to the base, k is the k-th kind; None lets the
            model decide.
    """

    hints: F32 | None = None
    labels: I64 | None = None

    def padded(self, shape: tuple[int, ...]) -> dict[str, NDArray[Any]]:
        """Enlarge at the bottom and right to a shape: no hints there, and the labels of the edge.

        Args:
            shape: (height, width) of the padded lightness.

        Returns:
            What was given, by the names of the contract.
        """

        def margins(layers: NDArray[Any]) -> list[tuple[int, int]]:
            sides = zip((layers.shape[0], *shape), layers.shape, strict=True)
            return [(0, new - old) for new, old in sides]

        inputs: dict[str, NDArray[Any]] = {}
        if self.hints is not None:
            inputs["hints"] = np.pad(self.hints, margins(self.hints))
        if self.labels is not None:
            inputs["labels"] = np.pad(self.labels, margins(self.labels), mode="edge")
        return inputs


NOTHING = Conditions()
