"""The Lightning module that trains a colorizer by classification and regression at once."""

from typing import Final

import lightning as L
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from photochrom.color.bins import SoftBins, cic_bins, rebalancing_weights, soft_bins
from photochrom.errors import RunError
from photochrom.lab.data.batches import Batch
from photochrom.lab.networks.autochrome import Autochrome, Colors
from photochrom.lab.objectives.classification import soft_cross_entropy
from photochrom.lab.objectives.regression import huber
from photochrom.lab.training.recipe import Recipe
from photochrom.lab.training.validation import Scores

_POINTS: Final = ((1, 1), (1, 5), (5, 1), (5, 5))  # where a cell of 8 px is sampled


class ColorizerModule(L.LightningModule):
    """Train the network of a recipe.

    Args:
        recipe: the run.
        prior: (313,) smoothed prior of the training pictures.
    """

    def __init__(self, recipe: Recipe, prior: NDArray[np.float64]) -> None:
        super().__init__()
        self.recipe = recipe
        self.network = Autochrome(recipe.network)
        tables = soft_bins(cic_bins(), neighbors=recipe.neighbors, sigma=recipe.sigma)
        weights = rebalancing_weights(prior, recipe.uniform_share, recipe.rebalancing_power)
        self._constant("bin_weights", torch.from_numpy(weights).float())
        self._constant("bin_indices", torch.from_numpy(tables.indices))
        self._constant("bin_shares", torch.from_numpy(tables.weights))
        self._scores = Scores()

    def _constant(self, name: str, values: Tensor) -> None:
        self.register_buffer(name, values, persistent=False)

    @property
    def _tables(self) -> SoftBins:
        return SoftBins(self.bin_indices, self.bin_shares)

    def training_step(self, batch: Batch, step: int) -> Tensor:
        """Compute the loss of one batch.

        Raises:
            RunError: when the loss is not a number any more.
        """
        colors: Colors = self.network(batch.lightness.contiguous(memory_format=torch.channels_last))
        classification = self._classification(colors, batch.chroma)
        regression = self._regression(colors, batch.chroma)
        loss = self.recipe.classification * classification + self.recipe.regression * regression
        if not torch.isfinite(loss):
            message = f"the loss is no longer a number at step {self.global_step}"
            raise RunError(f"{message}; the last checkpoint is good")
        self.log_dict({"classification": classification, "regression": regression, "loss": loss})
        return loss

    def _classification(self, colors: Colors, truth: Tensor) -> Tensor:
        """Cross-entropy at four points of each cell of 8 px."""
        losses = []
        for row, column in _POINTS:
            points = truth[:, :, row::8, column::8].permute(0, 2, 3, 1)
            indices, shares = self._tables.encode(points)
            losses.append(soft_cross_entropy(colors.logits, indices, shares, self._weights))
        return torch.stack(losses).mean()

    def _regression(self, colors: Colors, truth: Tensor) -> Tensor:
        """Huber loss of the chroma at 1/2, pixels weighted by rarity."""
        half = F.avg_pool2d(truth, 2)
        nearest = self._tables.nearest(half.permute(0, 2, 3, 1))
        return huber(colors.chroma, half, self.recipe.huber_delta, self._weights[nearest])

    @property
    def _weights(self) -> Tensor:
        weights = self.bin_weights
        assert isinstance(weights, Tensor)  # noqa: S101  (registered above)
        return weights

    def validation_step(self, batch: Batch, step: int) -> None:
        """Add one batch of held-out pictures to the scores."""
        self._scores.add(self.network(batch.lightness).chroma, batch.chroma)

    def on_validation_epoch_end(self) -> None:
        """Log the scores of the held-out pictures."""
        self.log_dict({f"held_out/{key}": value for key, value in self._scores.result().items()})
        self._scores = Scores()

    def on_train_batch_start(self, batch: Batch, step: int) -> None:
        """Set the learning rate, a pure function of the step, so that a longer run may resume."""
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = self.recipe.learning_rate * self.learning_rate_share(self.global_step)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; biases, gains and shares do not decay."""
        kernels = [p for name, p in self.network.named_parameters() if name.endswith(".weight")]
        others = [p for name, p in self.network.named_parameters() if not name.endswith(".weight")]
        groups = [
            {"params": kernels, "weight_decay": self.recipe.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self.recipe.learning_rate, betas=(0.9, 0.99))

    def learning_rate_share(self, step: int) -> float:
        """Give the share of the peak rate: warm-up, a plateau, then a linear fall to zero."""
        recipe = self.recipe
        rising = (step + 1) / max(1, recipe.warmup_steps)
        falling = (recipe.steps - step) / max(1.0, recipe.decay_share * recipe.steps)
        return max(0.0, min(1.0, rising, falling))
