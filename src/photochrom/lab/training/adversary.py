"""The discriminator beside a network: what it learns, and what it asks of the network."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.lab.data.batches import Batch
from photochrom.lab.networks.blocks import CHROMA_SCALE
from photochrom.lab.networks.patchgan import PatchDiscriminator
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput
from photochrom.lab.objectives.adversarial import (
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from photochrom.lab.training.objective import painted_and_true
from photochrom.lab.training.recipe import Adversarial


class Adversary(nn.Module):
    """Tell painted from true colors, given the lightness; both at the size the network paints at.

    Args:
        settings: form, size and weights.
        network: whose colors are judged.
    """

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
    painted, truth = painted_and_true(prediction, batch)
    cell = batch.lightness.shape[-1] // painted.shape[-1]
    return F.avg_pool2d(batch.lightness, cell), painted, truth
