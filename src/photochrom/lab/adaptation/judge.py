"""Judge colors at equal colorfulness, on the object, against what needs no learning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from photochrom.arrays import F32, F64
from photochrom.lab.adaptation.examples import SeenPicture
from photochrom.metrics.equal import EQUAL_SHARE, Sample, mean_colorfulness, scale_to, shown
from photochrom.metrics.intervals import Interval, interval_about, resampled_totals
from photochrom.metrics.palette import sliced_wasserstein

_SAMPLES: Final = 1500  # pixels of a picture from which colorfulness and palette are measured
_SURE: Final = 0.9
_LIKELY: Final = 0.8  # share of resamples from which a person may take it all the same
_PALETTE_ROOM: Final = 1.1
_PALETTE_NOISE: Final = 0.5  # ab units

Grade = Literal["gain", "likely", "no gain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one contestant scores on some photographs.

    Attributes:
        errors: (n,) mean ab error on the object of each, at equal colorfulness.
        background: (n,) the same beside the object; not a number where there is no background.
        palette: sliced-Wasserstein distance of the objects' ab histograms, at equal colorfulness.
        colorfulness: of the objects as painted, as a share of the truth's.
    """

    errors: F64
    background: F64
    palette: float
    colorfulness: float

    @property
    def error(self) -> float:
        """Mean ab error on the objects."""
        return float(self.errors.mean())


def judge(
    chromas: Sequence[F32], pictures: Sequence[SeenPicture], *, saturation: float = 1.0
) -> Score:
    """Score one contestant.

    Args:
        chromas: (2, h, w) a* and b* for each photograph.
        pictures: the photographs, each with at least one pixel of an object.
        saturation: by which colors are multiplied when they are shown.
    """
    scale = scale_to_share(chromas, pictures, EQUAL_SHARE)
    errors, background = [], []
    for chroma, picture in zip(chromas, pictures, strict=True):
        distance = np.hypot(*(shown(picture.lightness, chroma * scale) - picture.truth))
        is_object = object_pixels(picture)
        errors.append(float(distance[is_object].mean()))
        beside = distance[~is_object]
        background.append(float(beside.mean()) if beside.size else np.nan)
    ours = [
        np.float32(scale) * sample(chroma, picture)
        for chroma, picture in zip(chromas, pictures, strict=True)
    ]
    theirs = [sample(picture.truth, picture) for picture in pictures]
    return Score(
        errors=np.array(errors),
        background=np.array(background),
        palette=sliced_wasserstein(np.concatenate(ours), np.concatenate(theirs)),
        colorfulness=share_of_truth(chromas, pictures, saturation),
    )


def object_pixels(picture: SeenPicture) -> NDArray[np.bool_]:
    """Tell which pixels (h, w) belong to an object."""
    if picture.objects is None:
        return np.ones(picture.lightness.shape, bool)
    return np.asarray(picture.objects > 0)


def scale_to_share(
    chromas: Sequence[F32], pictures: Sequence[SeenPicture], share: float
) -> np.float32:
    """Find the one number that brings the objects to a share of the truth's colorfulness.

    Args:
        chromas: (2, h, w) for each photograph.
        pictures: the photographs.
        share: of the mean colorfulness.

    Returns:
        From 0 to 8; 8 for colors too pale to reach it.
    """
    wanted = share * _truth_colorfulness(pictures)
    return np.float32(scale_to(wanted, _samples(chromas, pictures)))


def share_of_truth(chromas: Sequence[F32], pictures: Sequence[SeenPicture], scale: float) -> float:
    """Measure the objects' mean colorfulness, at a scale, as a share of the truth's."""
    painted = mean_colorfulness(_samples(chromas, pictures), scale)
    return painted / _truth_colorfulness(pictures)


def _truth_colorfulness(pictures: Sequence[SeenPicture]) -> float:
    return mean_colorfulness(_samples([picture.truth for picture in pictures], pictures))


def _samples(chromas: Sequence[F32], pictures: Sequence[SeenPicture]) -> list[Sample]:
    """Take lightness and colors of some pixels of each object."""
    return [
        (sample(picture.lightness[None], picture)[:, 0], sample(chroma, picture))
        for chroma, picture in zip(chromas, pictures, strict=True)
    ]


def sample(layers: F32, picture: SeenPicture) -> F32:
    """Take the values (m, c) of layers (c, h, w) at evenly spread object pixels."""
    pixels = layers[:, object_pixels(picture)]
    step = max(1, pixels.shape[1] // _SAMPLES)
    return np.ascontiguousarray(pixels[:, step // 2 :: step].T)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptationVerdict:
    """Whether an adaptation is a gain.

    Attributes:
        grade: "gain" when the model is worth keeping, "likely" when eight of ten resamples say so.
        words: the verdict in a sentence.
        rival: the best contestant that needs no adaptation.
        gain: how far below its error the adapted one's is, as a share.
        interval: 95 % interval of the difference of errors, adapted minus rival.
        interval_base: the same, adapted minus base.
        certainty: share of resamples in which the adapted one is better.
    """

    grade: Grade
    words: str
    rival: str
    gain: float
    interval: Interval
    interval_base: Interval
    certainty: float

    @property
    def is_gain(self) -> bool:
        """Whether the model is worth keeping."""
        return self.grade == "gain"


def decide(adapted: Score, baselines: Mapping[str, Score], *, seed: int) -> AdaptationVerdict:
    """Compare with the best baseline, photograph by photograph.

    A gain needs nine of ten resamples of the photographs to agree, a likely one eight, and both a
    palette that is not clearly further from the truth's than the base's.

    Args:
        adapted: on held-out photographs.
        baselines: on the same, "base" among them.
        seed: of the resampling.
    """
    rival = min(baselines, key=lambda name: baselines[name].error)
    differences = adapted.errors - baselines[rival].errors
    from_base = adapted.errors - baselines["base"].errors
    drawn = _resampled(differences, seed)
    certainty = float((drawn < 0).mean())
    gain = 1 - adapted.error / baselines[rival].error
    has_palette = adapted.palette <= _PALETTE_ROOM * baselines["base"].palette + _PALETTE_NOISE
    count = len(adapted.errors)
    grade: Grade = "no gain"
    if has_palette and certainty >= _LIKELY:
        grade = "gain" if certainty >= _SURE else "likely"
    return AdaptationVerdict(
        grade=grade,
        words=_words(grade, has_palette, gain, certainty, rival, count),
        rival=rival,
        gain=gain,
        interval=interval_about(float(differences.mean()), drawn),
        interval_base=interval_about(float(from_base.mean()), _resampled(from_base, seed)),
        certainty=certainty,
    )


def is_surely_better(one: Score, other: Score, *, seed: int) -> bool:
    """Tell whether nine of ten resamples of the photographs give one the smaller error."""
    return float((_resampled(one.errors - other.errors, seed) < 0).mean()) >= _SURE


def _resampled(differences: F64, seed: int) -> F64:
    """Resample the mean of differences over photographs."""
    totals = resampled_totals(differences[:, None], seed=seed)
    return np.asarray(totals[:, 0] / len(differences))


def _words(
    grade: Grade, has_palette: bool, gain: float, certainty: float, rival: str, count: int
) -> str:
    """Say the verdict in a sentence or two."""
    size = f"{abs(100 * gain):.1f} % {'below' if gain > 0 else 'above'} that of {rival}"
    proof = f"in {100 * certainty:.0f} % of resamples it is below"
    few = f" {count} photographs prove little." if count < 10 else ""
    if grade != "no gain":
        what = "Gain" if grade == "gain" else "Likely a gain, but not surely"
        return f"{what}: on held-out photographs the error is {size}; {proof}.{few}"
    if not has_palette and certainty >= _SURE:
        return f"No gain: the error is {size}, but the palette is further from the truth's.{few}"
    return f"No gain could be shown: on held-out photographs the error is {size}; {proof}.{few}"
