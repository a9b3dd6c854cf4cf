"""What a run minimizes: the weighted losses of its recipe, and those beside a discriminator."""

from itertools import product
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.arrays import F32, F64
from photochrom.color.bins import SoftBins, cic_bins, rebalancing_weights, soft_bins
from photochrom.color.lab import lab_to_srgb
from photochrom.errors import InputError
from photochrom.lab.data.batches import Batch
from photochrom.lab.networks.blocks import CHROMA_SCALE
from photochrom.lab.networks.judges.vgg import VggFeatures
from photochrom.lab.networks.patchgan import PatchDiscriminator
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput
from photochrom.lab.objectives.adversarial import (
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from photochrom.lab.objectives.losses import (
    colorfulness_loss,
    feature_distance,
    huber,
    l1,
    l2,
    soft_cross_entropy,
)
from photochrom.lab.training.recipe import Adversarial, Recipe

_SAMPLED_EVERY: Final = 4  # px between the points where the distribution is compared, as CIC does
_FEATURE_WEIGHTS: Final = (0.0625, 0.125, 0.25, 0.5, 1.0)  # deeper ones more (DDColor)


class Objective(nn.Module):
    """The losses of a recipe but for the adversarial one.

    Args:
        recipe: weights and settings of the losses.
        network: what is trained; tells the bins.
        prior: (Q,) smoothed prior of the training pictures over these bins.
        label_count: labels that pictures may have.

    Raises:
        InputError: when pictures have too few labels to learn from.
    """

    def __init__(
        self,
        recipe: Recipe,
        network: ColorNetwork,
        prior: F64,
        *,
        label_count: int = 0,
    ) -> None:
        super().__init__()
        if recipe.label and label_count < 2:
            raise InputError(f"label needs pictures of two labels or more, not {label_count}")
        self._recipe = recipe
        self.label_head: nn.Linear | None = None
        tables = soft_bins(bins_of(network), neighbors=recipe.neighbors, sigma=recipe.sigma)
        weights = rebalancing_weights(prior, recipe.uniform_share, recipe.rebalancing_power)
        self._constant("bin_weights", torch.from_numpy(weights).float())
        self._constant("bin_indices", torch.tensor(tables.indices))
        self._constant("bin_shares", torch.tensor(tables.weights))
        if recipe.label:
            self.label_head = nn.Linear(network.feature_channels, label_count)
        if recipe.perceptual:
            self.features = VggFeatures(Path(recipe.perceptual_weights))

    def _constant(self, name: str, values: Tensor) -> None:
        self.register_buffer(name, values, persistent=False)

    def forward(self, prediction: NetworkOutput, batch: Batch) -> dict[str, Tensor]:
        """Compute every loss that has a weight.

        Returns:
            Name to unweighted scalar; `total` adds them up.
        """
        losses = {
            "classification": self._classification,
            "regression": self._regression,
            "colorfulness": self._colorfulness,
            "perceptual": self._perceptual,
            "label": self._label,
        }
        return {
            name: loss(prediction, batch)
            for name, loss in losses.items()
            if getattr(self._recipe, name)
        }

    def total(self, losses: dict[str, Tensor]) -> Tensor:
        """Add up losses, each with its weight."""
        weighted = [getattr(self._recipe, name) * loss for name, loss in losses.items()]
        return torch.stack(weighted).sum() if weighted else self.weights.new_zeros(())

    @property
    def _tables(self) -> SoftBins:
        return SoftBins(self.bin_indices, self.bin_shares)

    def _classification(self, prediction: NetworkOutput, batch: Batch) -> Tensor:
        """Cross-entropy at points of a grid of 4 px, as many to a cell as lie in it."""
        logits = prediction.logits
        assert logits is not None  # noqa: S101  (checked at the start)
        cell = batch.chroma.shape[-1] // logits.shape[-1]
        starts = range(min(1, cell - 1), cell, _SAMPLED_EVERY)
        corners = product(starts, starts)
        points = [batch.chroma[:, :, row::cell, column::cell] for row, column in corners]
        indices, shares = self._tables.encode(torch.stack(points, dim=-1).permute(0, 2, 3, 4, 1))
        return soft_cross_entropy(logits, indices, shares, self.weights)

    def _regression(self, prediction: NetworkOutput, batch: Batch) -> Tensor:
        """Distance of the final colors, pixels weighted by rarity."""
        painted, truth = _painted_and_true(prediction, batch)
        nearest = self._tables.nearest(truth[:, -2:].permute(0, 2, 3, 1))
        weights = self.weights[nearest]
        match self._recipe.regression_form:
            case "l1":
                return l1(painted, truth, weights)
            case "l2":
                return l2(painted, truth, weights)
            case "huber":
                return huber(painted, truth, self._recipe.huber_delta, weights)

    def _colorfulness(self, prediction: NetworkOutput, batch: Batch) -> Tensor:
        return colorfulness_loss(_to_rgb(_painted_and_true(prediction, batch)[0], batch))

    def _perceptual(self, prediction: NetworkOutput, batch: Batch) -> Tensor:
        painted, truth = (_to_rgb(colors, batch) for colors in _painted_and_true(prediction, batch))
        with torch.no_grad():
            wanted = self.features(truth)
        return feature_distance(self.features(painted), wanted, _FEATURE_WEIGHTS)

    def _label(self, prediction: NetworkOutput, batch: Batch) -> Tensor:
        """Cross-entropy of each picture's label; pictures without one do not count."""
        assert prediction.features is not None  # noqa: S101  (checked at the start)
        assert self.label_head is not None  # noqa: S101  (made at the start)
        pooled = prediction.features.mean(dim=(2, 3))
        scores = self.label_head(F.layer_norm(pooled, pooled.shape[1:]))  # of any magnitude before
        known = (batch.labels >= 0).sum().clamp(min=1)
        return F.cross_entropy(scores, batch.labels, ignore_index=-1, reduction="sum") / known

    @property
    def weights(self) -> Tensor:
        """(Q,) how much each bin weighs, for the records."""
        weights = self.bin_weights
        assert isinstance(weights, Tensor)  # noqa: S101  (registered above)
        return weights


def bins_of(network: ColorNetwork) -> F32:
    """Give the bins of a network, CIC's for one without a distribution."""
    bins = network.bin_centers()
    return cic_bins() if bins is None else bins


def _painted_and_true(prediction: NetworkOutput, batch: Batch) -> tuple[Tensor, Tensor]:
    """Bring what a network paints and the truth to one size, (N, C, h, w) of the network's chroma.

    They are a* and b*, and before them L* when the network paints lightness as well.
    """
    chroma = prediction.chroma
    cell = batch.chroma.shape[-1] // chroma.shape[-1]
    if prediction.rgb_lightness is None:
        return chroma, F.avg_pool2d(batch.chroma, cell)
    truth = torch.cat([batch.clean_lightness, batch.chroma], dim=1)
    return torch.cat([prediction.rgb_lightness, chroma], dim=1), F.avg_pool2d(truth, cell)


def _to_rgb(colors: Tensor, batch: Batch) -> Tensor:
    """Turn colors (N, 2 or 3, h, w) into sRGB (N, 3, h, w) in [0, 1], gray parts from the batch."""
    if colors.shape[1] == 2:
        cell = batch.clean_lightness.shape[-1] // colors.shape[-1]
        colors = torch.cat([F.avg_pool2d(batch.clean_lightness, cell), colors], dim=1)
    with torch.autocast(colors.device.type, enabled=False):  # bfloat16 is too coarse for this
        srgb: Tensor = lab_to_srgb(colors.float().movedim(1, -1)).movedim(-1, 1)
    return srgb.clamp(0, 1)


def check_losses(recipe: Recipe, network: ColorNetwork) -> None:
    """Refuse losses that the network cannot be trained by, before anything starts.

    Raises:
        InputError: in one line, with the remedy.
    """
    kind, bins = recipe.network.kind, len(bins_of(network))
    if recipe.classification and network.bin_centers() is None:
        raise InputError(f"network {kind} has no bins here; set classification to 0")
    if recipe.neighbors > bins:
        raise InputError(f"neighbors must be from 1 to {bins} here, not {recipe.neighbors}")
    if recipe.label and not network.feature_channels:
        raise InputError(f"network {kind} has no features to tell labels from; set label to 0")
    if recipe.perceptual and not Path(recipe.perceptual_weights).is_file():
        raise InputError(f"there is no perceptual_weights file {recipe.perceptual_weights}")


class Adversary(nn.Module):
    """Tell painted from true colors, given the lightness; both at the painted size."""

    def __init__(self, settings: Adversarial, network: ColorNetwork) -> None:
        super().__init__()
        self._settings = settings
        channels = 4 if network.paints_lightness else 3
        self.discriminator = PatchDiscriminator(settings.patch, channels)

    def generator_loss(self, prediction: NetworkOutput, batch: Batch) -> Tensor:
        """Measure how well the discriminator sees through the prediction: low is fooled.

        No gradient reaches the discriminator.
        """
        lightness, painted, _ = _sides(prediction, batch)
        self.discriminator.requires_grad_(False)
        scores = self.discriminator(lightness, painted)
        self.discriminator.requires_grad_(True)
        return generator_loss(scores, self._settings.form)

    def discriminator_loss(
        self, prediction: NetworkOutput, batch: Batch, generator: torch.Generator
    ) -> Tensor:
        """Measure how badly the discriminator tells the two sides apart.

        Args:
            prediction: of the network; no gradient reaches it.
            batch: with the truth.
            generator: draws the mixtures of the gradient penalty.
        """
        lightness, painted, truth = _sides(prediction, batch)
        painted = painted.detach()
        real = self.discriminator(lightness, truth)
        fake = self.discriminator(lightness, painted)
        loss = discriminator_loss(real, fake, self._settings.form)
        if self._settings.form == "wasserstein":
            loss = loss + self._settings.gradient_penalty * gradient_penalty(
                lambda colors: self.discriminator(lightness, colors * CHROMA_SCALE),
                truth / CHROMA_SCALE,
                painted / CHROMA_SCALE,
                generator,
            )
        return loss


def _sides(prediction: NetworkOutput, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """Give lightness, painted and true colors at the size the network paints at."""
    painted, truth = _painted_and_true(prediction, batch)
    cell = batch.lightness.shape[-1] // painted.shape[-1]
    return F.avg_pool2d(batch.lightness, cell), painted, truth
