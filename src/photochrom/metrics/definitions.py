"""The metrics by name: title, unit, which way is better, and what it means in plain words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Better(StrEnum):
    """Which way a metric improves."""

    HIGHER = "higher"
    LOWER = "lower"
    NEAR = "near"  # best near a reference value, such as the truth's own
    NEITHER = "neither"  # describes, does not judge


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric is shown and read.

    Attributes:
        name: key in reports.
        title: column head.
        short: the same where columns are narrow.
        unit: printed after the title; may be empty.
        better: which way it improves.
        digits: decimals worth printing.
        meaning: one or two sentences for a curator.
    """

    name: str
    title: str
    short: str
    unit: str
    better: Better
    digits: int
    meaning: str


METRICS: Final = {
    metric.name: metric
    for metric in (
        Metric(
            "auc", "AuC", "AuC", "%", Better.HIGHER, 2,
            "How close each pixel's color is to the original's, all pixels alike. Gray already "
            "scores near 89, and timid browns score best.",
        ),
        Metric(
            "auc_rebalanced", "AuC rebalanced", "AuC-reb", "%", Better.HIGHER, 2,
            "The same, but a pixel counts the more the rarer its true color is in photographs. "
            "It rewards a colorizer that dares to paint the red coat red.",
        ),
        Metric(
            "auc_rebalanced_cic", "AuC rebalanced, unclipped", "AuC-reb-0", "%", Better.HIGHER, 2,
            "The same with the weights of the CIC paper, without a floor. A few pixels in very "
            "rare colors decide it, so it is shown only for comparison.",
        ),
        Metric(
            "psnr", "PSNR", "PSNR", "dB", Better.HIGHER, 2,
            "How small the squared difference of all red, green and blue values is. "
            "It punishes a plausible wrong color more than no color.",
        ),
        Metric(
            "ssim", "SSIM", "SSIM", "", Better.HIGHER, 4,
            "How alike edges and textures are. A colorizer that keeps the photograph's lightness "
            "nearly always lies above 0.85.",
        ),
        Metric(
            "delta_e", "ΔE00", "ΔE00", "", Better.LOWER, 2,
            "How different the pixels look to the eye; 1 is just noticeable, 10 is plain to see.",
        ),
        Metric(
            "colorfulness", "Colorfulness", "CF", "", Better.NEAR, 1,
            "How strong the colors are, right or wrong. Best near the originals' own value.",
        ),
        Metric(
            "colorfulness_signed", "Colorfulness, signed", "CF-s", "", Better.NEAR, 1,
            "The same as Hasler and Süsstrunk defined it: 0 not, 33 moderately, 59 quite, "
            "109 extremely colorful.",
        ),
        Metric(
            "colorfulness_truth", "Colorfulness of the originals", "CF-0", "", Better.NEITHER, 1,
            "How strong the colors of the originals are.",
        ),
        Metric(
            "delta_colorfulness", "ΔCF", "ΔCF", "", Better.LOWER, 2,
            "How far the mean colorfulness of the set is from the originals' mean.",
        ),
        Metric(
            "mean_colorfulness_difference", "mean |ΔCF|", "m|ΔCF|", "", Better.LOWER, 2,
            "How far the colorfulness of a picture is from its own original's, on average. "
            "Other papers call this ΔCF; the two are not comparable.",
        ),
        Metric(
            "percent_different_0", "Different > 0", "diff>0", "%", Better.LOWER, 1,
            "Share of pixels that are not exactly the original's. Nearly all, for any method.",
        ),
        Metric(
            "percent_different_2", "Different > 2", "diff>2", "%", Better.LOWER, 1,
            "Share of pixels with a red, green or blue value off by more than 2 of 255.",
        ),
        Metric(
            "percent_different_8", "Different > 8", "diff>8", "%", Better.LOWER, 1,
            "Share of pixels with a red, green or blue value off by more than 8 of 255.",
        ),
        Metric(
            "percent_different_16", "Different > 16", "diff>16", "%", Better.LOWER, 1,
            "Share of pixels with a red, green or blue value off by more than 16 of 255.",
        ),
        Metric(
            "percent_different_deep_cnn", "Different from gray", "diff-gray", "%", Better.NEITHER,
            1,
            "Share of pixels that differ from the original turned gray: the number of the Deep-CNN "
            "paper. It counts pixels that got any color, right or wrong.",
        ),
        Metric(
            "percent_noticeable", "Noticeably different", "ΔE>2.3", "%", Better.LOWER, 1,
            "Share of pixels whose color an attentive eye would tell from the original's, "
            "side by side (ΔE00 above 2.3).",
        ),
        Metric(
            "ab_histogram_distance", "Palette distance", "palette", "%", Better.LOWER, 1,
            "Share of all pixels that would have to change color for the set to have the "
            "originals' mix of colors. Where they are does not count.",
        ),
        Metric(
            "confidence_rank", "Confidence", "conf", "", Better.HIGHER, 2,
            "Whether the model is less sure where it is more wrong: 1 always, 0 its confidence "
            "says nothing. Only for models that tell their confidence.",
        ),
        Metric(
            "lpips", "LPIPS", "LPIPS", "", Better.LOWER, 4,
            "How different a network that was trained to judge like people finds the picture. "
            "Other networks give other values: compare only the same file.",
        ),
        Metric(
            "top1", "Classifier top-1", "top-1", "%", Better.HIGHER, 1,
            "How often a classifier still recognizes what is shown. "
            "Colors that confuse it are usually wrong ones.",
        ),
        Metric(
            "fid", "FID", "FID", "", Better.LOWER, 2,
            "How far the whole set lies from the originals in the eyes of a network. "
            "Values of other recipes or other numbers of photographs cannot be compared.",
        ),
        Metric(
            "kid", "KID × 1000", "KID", "", Better.LOWER, 2,
            "The same as FID by another formula that does not favor large sets. "
            "Below its spread two sets cannot be told apart.",
        ),
        Metric(
            "lightness_error", "Lightness error", "L err", "L*", Better.LOWER, 3,
            "How much light and dark were changed. Below 0.3 the photograph is as it was; "
            "8-bit rounding alone costs that much.",
        ),
        Metric(
            "seconds_per_picture", "Time", "time", "s", Better.LOWER, 3,
            "Seconds spent in the colorizer per picture, on the machine at hand.",
        ),
    )
}  # fmt: skip
