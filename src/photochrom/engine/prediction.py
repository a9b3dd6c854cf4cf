"""From lightness at the working size to what a model gives, on the same pixels."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from photochrom.color.bins import annealed_mean
from photochrom.engine.resample import resample
from photochrom.engine.session import Mixture, Outputs, Session
from photochrom.engine.tiles import (
    Window,
    blend_windows,
    pad_to_multiple,
    plan_windows,
    working_shape,
)
from photochrom.engine.variants import Scene, vary_chroma
from photochrom.picture import read_picture, write_picture
from photochrom.picture.pixels import area_mean
from photochrom.picture.windows import box_mean

F32 = NDArray[np.float32]
Inputs = Mapping[str, NDArray[Any]]

NO_INPUTS: Final[Inputs] = {}

_OWN_TEMPERATURE: Final = 1.0  # of a model whose card names none
_LEAST_SIZE: Final = 16  # of the options
_PARTS: Final = 48  # of a side: a half window, within which colors follow edges
_FLAT: Final = 10.0  # L* squared: what varies less has no edges
_MOST_STRONGER: Final = 1.25  # where most color was noise, it stays averaged
_BESIDE_CHROMA: Final = ("distribution", "rgb_lightness")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What a model sees in a picture.

    Attributes:
        chroma: (2, h, w) float32, a* and b*, on the pixels of the lightness given.
        confidence: (h, w) float32 in [0, 1]: 1 minus the entropy of the distribution over the
            bins, as a share of the largest possible; None when the model has no distribution.
        rgb_lightness: (h, w) float32, L* that the model paints of itself; None when it does not.
        kinds: (K,) float32 probabilities of the kinds that the model tells apart; None when it
            does not.
        distribution: (Q, h2, w2) float32, as the model gave it for the padded lightness; None when
            it has none, or the picture was seen in windows.
        regions: (n, h, w) float32 in [0, 1], how much of each pixel the n hints cover; None when
            there are no hints.
    """

    chroma: F32
    confidence: F32 | None = None
    rgb_lightness: F32 | None = None
    kinds: F32 | None = None
    distribution: F32 | None = None
    regions: F32 | None = None

    @property
    def mean_confidence(self) -> float | None:
        """Confidence over the whole picture."""
        return None if self.confidence is None else float(self.confidence.mean())


def predict(
    session: Session,
    lightness: F32,
    *,
    size: int,
    temperature: float | None,
    inputs: Inputs = NO_INPUTS,
    seen: dict[tuple[int, int], Outputs] | None = None,
) -> Prediction:
    """Pad, run the network, in windows when the picture is long, crop.

    Args:
        session: the model.
        lightness: (h, w) L* in [0, 100], at the working size.
        size: N, the working size.
        temperature: T for the distribution; None for the model's own.
        inputs: of the network beside lightness, by name, on the pixels to which that is padded.
        seen: what the network gave for each window, if it was run for all this before; where it is
            empty, what it gives now is kept in it.

    Raises:
        InputError: when a temperature is asked of a model without distribution, or something is
            given to a model that does not take it.
        InferenceError: when the network cannot be run.
    """
    if temperature is not None:
        session.require_output("distribution", "its temperature cannot be changed")
    height, width = lightness.shape
    padded = pad_to_multiple(lightness, session.card.size_multiple)
    beside = [name for name in _BESIDE_CHROMA if name in session.signature.outputs]
    kind = [name for name in ("label_probability",) if name in session.signature.outputs]
    windows = plan_windows(*padded.shape, size=size, multiple=session.card.size_multiple)
    seen = {} if seen is None else seen

    def predict_window(window: Window) -> F32:
        """Give chroma, and a map for each of what is beside it, on the window's pixels."""
        lit = padded[window.rows, window.columns]
        place = window.rows.start, window.columns.start
        if place not in seen:
            told = {name: each[:, window.rows, window.columns] for name, each in inputs.items()}
            seen[place] = session.run(lit, outputs=(*beside, *kind), inputs=told)
        outputs = seen[place]
        chroma = resample(outputs.chroma, *lit.shape)
        maps = []
        if outputs.distribution is not None:
            maps.append(confidence_of(outputs.distribution))
            if temperature is not None:
                # the difference of two decodings, so that the fine detail of chroma stays
                bins = np.array(session.card.bins, np.float32)
                asked, own = (
                    annealed_mean(outputs.distribution, bins, each)
                    for each in (temperature, session.card.temperature or _OWN_TEMPERATURE)
                )
                chroma = chroma + resample(asked - own, *lit.shape)
        if outputs.rgb_lightness is not None:
            maps.append(outputs.rgb_lightness)
        return np.concatenate([chroma, *(resample(each[None], *lit.shape) for each in maps)])

    maps = blend_windows(predict_window, windows)[:, :height, :width]
    named = dict(zip(beside, maps[2:], strict=True))
    certainty = named.get("distribution")
    outputs = list(seen.values())
    kinds = [each.label_probability for each in outputs if each.label_probability is not None]
    return Prediction(
        chroma=maps[:2],
        confidence=None if certainty is None else np.clip(certainty, 0, 1),
        rgb_lightness=named.get("rgb_lightness"),
        kinds=np.mean(kinds, axis=0) if kinds else None,
        distribution=outputs[0].distribution if len(outputs) == 1 else None,
    )


def predict_mixed(mixture: Mixture, lightness: F32, *, size: int) -> Prediction:
    """Predict with each model at its own working size, and average.

    Args:
        mixture: the models.
        lightness: (h, w) L* in [0, 100], at the working size of the mix.
        size: N, that working size; models that look at less do so in proportion.

    Returns:
        Chroma on the pixels of the lightness, nothing else.

    Raises:
        InferenceError: when a network cannot be run.
    """
    chroma = np.zeros((2, *lightness.shape), np.float32)
    height, width = lightness.shape
    for session, weight in mixture.parts:
        card = session.card
        own_size = max(_LEAST_SIZE, round(size * card.working_size / mixture.card.working_size))
        shape = working_shape(height, width, own_size)
        prediction = predict(
            session,
            area_mean([lightness], (height, width), shape),
            size=own_size,
            temperature=None,
        )
        strength = np.float32(weight * card.saturation)
        chroma += strength * resample(prediction.chroma, height, width)
    return Prediction(chroma=chroma)


def vary(
    session: Session,
    lightness: F32,
    prediction: Prediction,
    *,
    count: int,
    temperature: float | None,
    inputs: Inputs = NO_INPUTS,
) -> list[Prediction]:
    """Find other plausible colorings of what `predict` has seen.

    Args:
        session: the model, with a distribution.
        lightness: (h, w) L* in [0, 100], at the working size.
        prediction: of that lightness; where it has a distribution, nothing is run again.
        count: how many.
        temperature: T for the distribution; None for the model's own.
        inputs: of the network beside lightness, by name, on the pixels to which that is padded.

    Returns:
        As many predictions, which differ in chroma.

    Raises:
        InputError: when the model has no distribution.
        InferenceError: when the network cannot be run.
    """
    session.require_output("distribution", "it knows no other colorings")
    multiple = session.card.size_multiple
    padded = pad_to_multiple(lightness, multiple)
    distribution = prediction.distribution
    if distribution is None:  # it was seen in windows
        distribution = session.run(padded, outputs=("distribution",), inputs=inputs).distribution
    assert distribution is not None  # noqa: S101  (asked for)
    scene = Scene(
        distribution=distribution,
        bins=np.array(session.card.bins, np.float32),
        temperature=temperature or session.card.temperature or _OWN_TEMPERATURE,
        lightness=padded,
        chroma=np.stack([pad_to_multiple(axis, multiple) for axis in prediction.chroma]),
    )
    height, width = lightness.shape
    varied = vary_chroma(scene, count)
    return [replace(prediction, chroma=chroma[:, :height, :width]) for chroma in varied]


def follow_edges(chroma: F32, lightness: F32) -> F32:
    """Let colors end where things do, instead of as halos around them: a guided filter.

    Around each pixel, chroma becomes the linear function of lightness that is nearest to it; where
    lightness is flat, it is averaged. Over the whole picture it stays as strong as it was.

    Args:
        chroma: (2, h, w) a* and b*, as a network paints them.
        lightness: (h, w) L* of the same pixels, at the working size.

    Returns:
        (2, h, w) a* and b*.

    Source: He, Sun and Tang, Guided Image Filtering (2013), equations 5 to 8.

    >>> halo = np.tile(np.float32([30, 30, 25, 5, 0, 0]), (2, 6, 1))
    >>> follow_edges(halo, np.tile(np.float32([20, 20, 20, 80, 80, 80]), (6, 1)))[0, 0].round(1)
    array([29.5, 28.9, 27.1,  3.2,  1.4,  0.8], dtype=float32)
    """
    radius = max(1, round(math.sqrt(lightness.size) / _PARTS))
    light = lightness - np.float32(50)  # small numbers, for sums in single precision
    means = box_mean(np.stack([light, light**2, *chroma, *(chroma * light)]), radius)
    slope = (means[4:] - means[2:4] * means[0]) / (means[1] - means[0] ** 2 + np.float32(_FLAT))
    offset = means[2:4] - slope * means[0]
    slope, offset = np.split(box_mean(np.concatenate([slope, offset]), radius), 2)
    followed = slope * light + offset
    strength = float(np.sqrt(np.sum(chroma**2) / max(float(np.sum(followed**2)), 1e-12)))
    return followed * np.float32(min(strength, _MOST_STRONGER))


def confidence_of(distribution: F32) -> F32:
    """Measure how sure a distribution is.

    Args:
        distribution: (Q, h, w) probabilities, sum 1 over Q.

    Returns:
        (h, w) in [0, 1]: 1 - entropy / log Q; 1 for one certain bin, 0 for all alike.

    >>> float(confidence_of(np.full((4, 1, 1), 0.25, np.float32))[0, 0])
    0.0
    """
    if len(distribution) == 1:
        return np.ones(distribution.shape[1:], np.float32)
    safe = np.maximum(distribution, np.float32(1e-12))
    entropy = -np.einsum("qhw,qhw->hw", safe, np.log(safe))
    confidence: F32 = np.clip(1 - entropy / np.log(len(distribution)), 0, 1).astype(np.float32)
    return confidence


def write_confidence(prediction: Prediction, target: Path, *, overwrite: bool = False) -> None:
    """Write where a model is sure (white) or not (black), as a PNG of the working size.

    Args:
        prediction: of a model that has a distribution.
        target: the picture; under its name only when complete.
        overwrite: whether it may be replaced.

    Raises:
        InputError: when it cannot be written.
        ValueError: when the prediction has no confidence.
    """
    if prediction.confidence is None:
        raise ValueError("the prediction of a model without distribution has no confidence")
    codes = np.rint(prediction.confidence * 255).astype(np.uint8)
    strips = iter([np.repeat(codes[..., None], 3, axis=2)])
    write_picture(read_picture(codes), strips, target, kind="png", overwrite=overwrite)
