"""Does the model err more where it says that it is unsure?

Uncertainty is read out of the distribution in several ways, and compared with the distance of the
result's a*, b* from the truth's, both at the working size::

    python benchmarks/autochrome/confidence.py VAL.parquet --out runs/confidence
"""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from measuring import (
    F32,
    F64,
    U8,
    about_model,
    arguments,
    gray_picture,
    markdown,
    merge,
    photographs,
    report,
)
from scipy.stats import rankdata

from photochrom.color.bins import annealed_mean
from photochrom.engine.colorizer import Colorizer
from photochrom.engine.prediction import confidence_of
from photochrom.engine.resample import resample
from photochrom.engine.session import Outputs
from photochrom.engine.tiles import pad_to_multiple, working_shape
from photochrom.evaluation.tally import Truth
from photochrom.lab.training.records.figures import (
    BLUE,
    GRAY,
    INK,
    new_figure,
    quiet,
    write_figure,
)
from photochrom.metrics.intervals import Estimate, percentile_interval, resampled_totals
from photochrom.picture.pixels import area_mean, to_lab

ENTROPY: Final = "1 - confidence"
SPREAD: Final = "expected distance from the mean"
EXPECTED: Final = "expected distance from the color shown"
CHROMA: Final = "strength of the color shown"  # no reading of the distribution, for reference
READINGS: Final = (ENTROPY, SPREAD, EXPECTED)
BINS: Final = 10
_ERROR: Final = "error"
_SEED: Final = 0

Maps = dict[str, F32]  # (h, w) by reading
Samples = dict[str, F64]  # (photographs, pixels) by reading


def main() -> None:
    """Print rank correlations with their intervals and a calibration table; plot it."""
    parser = arguments(__doc__)
    parser.add_argument("--pixels", type=int, default=400, help="sampled per photograph")
    given = parser.parse_args()
    colorizer = Colorizer(given.model, threads=1)
    colorizer.session.require_output("distribution", "it cannot tell its confidence")
    samples, means = gathered(given, colorizer)
    names = (*READINGS, CHROMA)
    correlations = {
        name: {
            "pixels": spearman(samples[name], samples[_ERROR]),
            "photographs": spearman(means[name], means[_ERROR]),
            "within_photographs": within(samples[name], samples[_ERROR]),
        }
        for name in names
    }
    calibration = {name: calibrated(samples[name], samples[_ERROR]) for name in READINGS}
    findings = {
        "model": about_model(colorizer),
        "photographs": len(means[_ERROR]),
        "pixels_per_photograph": given.pixels,
        "spearman": correlations,
        "calibration": calibration,
    }
    report(given, "confidence", page(correlations, calibration), findings)
    if given.out is not None:
        plot(correlations, calibration, given.out / "confidence.png")


def gathered(given: Namespace, colorizer: Colorizer) -> tuple[Samples, Samples]:
    """Read all photographs: sampled pixels, and means as one column."""
    samples: dict[str, list[F32]] = {}
    means: dict[str, list[F32]] = {}
    for index, truth in enumerate(photographs(given)):
        maps = maps_of(colorizer, truth)
        generator = np.random.default_rng([_SEED, index])
        chosen = generator.integers(0, maps[_ERROR].size, given.pixels)
        for name, values in maps.items():
            samples.setdefault(name, []).append(values.ravel()[chosen])
            means.setdefault(name, []).append(values.mean(keepdims=True).ravel())
    return _stacked(samples), _stacked(means)


def _stacked(rows: Mapping[str, list[F32]]) -> Samples:
    return {name: np.stack(values).astype(np.float64) for name, values in rows.items()}


def maps_of(colorizer: Colorizer, truth: Truth) -> Maps:
    """Compute the readings and the error of one photograph at its working size."""
    picture = gray_picture(truth)
    shape = working_shape(picture.height, picture.width, colorizer.size)
    padded = pad_to_multiple(picture.downscaled(*shape), colorizer.card.size_multiple)
    outputs = colorizer.session.run(padded, outputs=("distribution",))
    chroma = outputs.chroma[:, : shape[0], : shape[1]]
    result = merge(picture, chroma, colorizer.saturation)
    shown, true = shrunk_chroma(result, shape), shrunk_chroma(truth.rgb, shape)
    readings = {
        name: resample(reading[None], *padded.shape)[0, : shape[0], : shape[1]]
        for name, reading in read(colorizer, outputs).items()
    }
    return {**readings, CHROMA: np.hypot(*shown), _ERROR: np.hypot(*(shown - true))}


def shrunk_chroma(picture: U8, shape: tuple[int, int]) -> F32:
    """Average a* and b* of a picture (H, W, 3) down to (2, h, w)."""
    planes = np.ascontiguousarray(np.moveaxis(to_lab(picture)[..., 1:], -1, 0))
    return np.stack([area_mean([plane], plane.shape, shape) for plane in planes])


def read(colorizer: Colorizer, outputs: Outputs) -> Maps:
    """Read uncertainty out of a distribution, on its own grid."""
    assert outputs.distribution is not None, "it was asked for"  # noqa: S101
    distribution, bins = outputs.distribution, np.array(colorizer.card.bins, np.float32)
    mean = annealed_mean(distribution, bins, colorizer.card.temperature or 1.0)
    grid = distribution.shape[1:]
    shown = [area_mean([plane], plane.shape, grid) for plane in outputs.chroma]
    return {
        ENTROPY: 1 - confidence_of(distribution),
        SPREAD: expected_distance(distribution, bins, mean),
        EXPECTED: expected_distance(
            distribution, bins, np.stack(shown) * np.float32(colorizer.saturation)
        ),
    }


def expected_distance(distribution: F32, bins: F32, chroma: F32) -> F32:
    """Compute how far colors of a distribution lie from a given one, on average.

    Args:
        distribution: (Q, h, w) probabilities, sum 1 over Q.
        bins: (Q, 2) centers.
        chroma: (2, h, w) a*, b*.

    Returns:
        (h, w) sum of p times distance.

    >>> bins = np.float32([[0, 0], [30, 40]])
    >>> expected_distance(np.full((2, 1, 1), 0.5, np.float32), bins, np.zeros((2, 1, 1))).item()
    25.0
    """
    offsets = bins[:, :, None, None] - chroma
    distance = np.hypot(offsets[:, 0], offsets[:, 1])
    return np.einsum("qhw,qhw->hw", distribution, distance.astype(np.float32))


def spearman(first: F64, second: F64) -> Estimate:
    """Correlate ranks over all values, with an interval by drawing photographs anew.

    Args:
        first: (photographs, k).
        second: the same shape.

    Returns:
        Spearman's rho. Ranks are those among all photographs in every draw, which spares a sort
        per draw and makes each draw a sum over photographs.

    >>> values = np.arange(12.0).reshape(6, 2)
    >>> round(spearman(values, values**3).value, 6)
    1.0
    """
    ranks = [rankdata(values).reshape(values.shape) / values.size for values in (first, second)]
    one, other = ranks
    columns = (np.ones_like(one), one, other, one**2, other**2, one * other)
    sums = np.stack([column.sum(axis=1) for column in columns], axis=1)
    draws = _correlation(resampled_totals(sums, seed=_SEED))
    return Estimate(float(_correlation(sums.sum(axis=0))), percentile_interval(draws))


def _correlation(sums: F64) -> F64:
    """Turn sums of 1, x, y, x², y², xy in the last axis into Pearson's correlation."""
    count, x, y, xx, yy, xy = np.moveaxis(sums, -1, 0)
    spread = (count * xx - x**2) * (count * yy - y**2)
    return np.asarray((count * xy - x * y) / np.sqrt(spread))


def within(first: F64, second: F64) -> Estimate:
    """Correlate ranks inside each photograph and average."""
    ranks = [rankdata(values, axis=1) for values in (first, second)]
    one, other = (values - values.mean(axis=1, keepdims=True) for values in ranks)
    spread = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    each = np.divide((one * other).sum(axis=1), spread, out=np.zeros_like(spread), where=spread > 0)
    draws = resampled_totals(each[:, None], seed=_SEED)[:, 0] / len(each)
    return Estimate(float(each.mean()), percentile_interval(draws))


def calibrated(uncertainty: F64, error: F64) -> list[dict[str, Any]]:
    """Sort pixels into bins of equal count by uncertainty, and average their errors.

    Args:
        uncertainty: (photographs, k).
        error: the same shape.

    Returns:
        Per bin its mean uncertainty, mean error and the error's interval over photographs.
    """
    order = rankdata(uncertainty, method="ordinal").reshape(uncertainty.shape) - 1
    bins = (order * BINS // uncertainty.size).astype(int)
    rows = []
    for number in range(BINS):
        inside = bins == number
        sums = np.stack([inside.sum(axis=1), (error * inside).sum(axis=1)], axis=1)
        totals = resampled_totals(sums.astype(np.float64), seed=_SEED)
        mean = Estimate(
            float(error[inside].mean()),
            percentile_interval(totals[:, 1] / np.maximum(totals[:, 0], 1)),
        )
        rows.append({"uncertainty": float(uncertainty[inside].mean()), "error": mean})
    return rows


def page(
    correlations: Mapping[str, Mapping[str, Estimate]],
    calibration: Mapping[str, list[dict[str, Any]]],
) -> str:
    """Write the tables."""
    head = ["Spearman with the ab error", "pixels", "photographs", "within a photograph, mean"]
    rows = [[name, *map(_with_interval, values.values())] for name, values in correlations.items()]
    bins = [
        [str(number), *(f"{row['uncertainty']:.2f} → {row['error'].value:.1f}" for row in line)]
        for number, line in enumerate(zip(*calibration.values(), strict=True), start=1)
    ]
    title = "Ten bins of as many pixels, surest first: mean uncertainty → mean ab error"
    return "\n\n".join([markdown(head, rows), title, markdown(["bin", *calibration], bins)])


def _with_interval(estimate: Estimate, digits: int = 2) -> str:
    interval = estimate.interval
    return f"{estimate.value:.{digits}f} ({interval.low:.{digits}f} to {interval.high:.{digits}f})"


def plot(
    correlations: Mapping[str, Mapping[str, Estimate]],
    calibration: Mapping[str, list[dict[str, Any]]],
    target: Path,
) -> None:
    """Draw mean error against uncertainty, a panel per reading."""
    figure = new_figure(1300, 460)
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.1)
    all_axes = figure.subplots(1, len(calibration), sharey=True)
    for axes, (name, rows) in zip(all_axes, calibration.items(), strict=True):
        rho = correlations[name]["pixels"].value
        quiet(axes, f"{name[0].upper()}{name[1:]}\nSpearman {rho:.2f}")
        uncertainty = np.array([row["uncertainty"] for row in rows])
        errors = np.array([row["error"].value for row in rows])
        bounds = np.array([[r["error"].interval.low, r["error"].interval.high] for r in rows]).T
        axes.fill_between(uncertainty, *bounds, color=BLUE, alpha=0.15, linewidth=0)
        axes.plot(uncertainty, errors, "o-", color=BLUE, linewidth=1.7, markersize=4.5)
        if name != ENTROPY:
            axes.plot(uncertainty, uncertainty, color=GRAY, linewidth=1.1, linestyle=(0, (5, 4)))
            axes.annotate(
                "as foretold", (uncertainty[-1], uncertainty[-1]), fontsize=9, color=GRAY,
                ha="right", va="bottom", xytext=(-4, 4), textcoords="offset points",
            )  # fmt: skip
        unit = "" if name == ENTROPY else ", a*b* units"
        axes.set_xlabel(f"uncertainty, tenths of the pixels{unit}", fontsize=9, color=INK)
    all_axes[0].set_ylim(bottom=0)  # shared, so after all lines are drawn
    all_axes[0].set_ylabel("mean ab error, 95 % interval over photographs", fontsize=9, color=INK)
    write_figure(figure, target)


if __name__ == "__main__":
    main()
