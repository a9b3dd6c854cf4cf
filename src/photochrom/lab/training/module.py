"""The Lightning module that trains any colorizer by any of the objectives.

Optimization is manual: a discriminator has its own optimizer, and one loop serves both kinds.
Lightning's `global_step` counts the steps of all optimizers; `batches_done` counts batches.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import lightning as L
import torch
from lightning.pytorch.core.optimizer import LightningOptimizer
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.arrays import F64
from photochrom.errors import RunError
from photochrom.lab.data.batches import Batch
from photochrom.lab.data.seeds import Purpose, mix_seed
from photochrom.lab.networks.prediction import ColorNetwork, NetworkOutput
from photochrom.lab.training.objective import Adversary, Objective
from photochrom.lab.training.recipe import Recipe
from photochrom.lab.training.start import frozen_blocks


class ColorizerModule(L.LightningModule):
    """Train a network by the losses of a recipe, beside a discriminator if it has one.

    Args:
        recipe: the run; its ``steps`` are final.
        network: to train; frozen weights have ``requires_grad`` False.
        prior: (Q,) smoothed prior of the training pictures.
        label_count: labels that pictures may have.
        names_of: gives the names of the pictures of a step, for messages.
    """

    def __init__(
        self,
        recipe: Recipe,
        network: ColorNetwork,
        prior: F64,
        *,
        label_count: int = 0,
        names_of: Callable[[int], tuple[str, ...]] = lambda _: (),
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.recipe = recipe
        self.network = network
        self.objective = Objective(recipe, network, prior, label_count=label_count)
        self.adversary = Adversary(recipe.adversarial, network) if recipe.is_adversarial else None
        self.batches_done = 0
        self.progress = 0.0  # how much of the run is done, 0 to 1
        self._names_of = names_of
        self._elapsed_s = 0.0
        self._resumed_at_s = time.monotonic()
        self._scores = Scores()

    def predict(self, lightness: Tensor, hints: Tensor | None = None) -> NetworkOutput:
        """Run the network, giving no hints where it takes some and there are none.

        Args:
            lightness: (N, 1, H, W) L*.
            hints: (N, 3, H, W) a*, b*, mask; or None.
        """
        inputs = [lightness.contiguous(memory_format=torch.channels_last)]
        if self.network.takes_hints:
            count, _, *size = lightness.shape
            inputs.append(lightness.new_zeros(count, 3, *size) if hints is None else hints)
        prediction: NetworkOutput = self.network(*inputs)
        return prediction

    def train(self, mode: bool = True) -> "ColorizerModule":
        """Switch to training, but leave frozen blocks as they are: their statistics stay."""
        super().train(mode)
        for block in frozen_blocks(self.network):
            block.eval()
        return self

    def on_train_batch_start(self, batch: Batch, step: int) -> None:
        """Seed dropout and set the learning rates, pure functions of the step."""
        torch.manual_seed(mix_seed(self.recipe.seed, self.batches_done, Purpose.DROPOUT))
        if self.progress >= self.recipe.thaw_share:
            self.network.requires_grad_(True)
        share = self.learning_rate_share()
        rates = (self.recipe.learning_rate, self.recipe.adversarial.learning_rate)
        for optimizer, rate in zip(self.trainer.optimizers, rates, strict=False):
            for group in optimizer.param_groups:
                group["lr"] = rate * share * group["rate_share"]

    def training_step(self, batch: Batch, step: int) -> None:
        """Improve the network by one batch, and the discriminator if it has joined.

        Raises:
            RunError: when the loss is not a number any more.
        """
        found = self.optimizers()
        of_network, *of_adversary = found if isinstance(found, list) else [found]
        prediction = self.predict(batch.lightness, batch.hints)
        losses = self.objective(prediction, batch)
        total = self.objective.total(losses)
        if self.adversary is not None and self.progress >= self.recipe.adversarial.start_share:
            losses["discriminator"] = self._teach_adversary(of_adversary[0], prediction, batch)
            losses["adversarial"] = self.adversary.generator_loss(prediction, batch)
            total = total + self.recipe.adversarial.weight * losses["adversarial"]
        losses["loss"] = total
        norm = self._descend(
            of_network, total * self._share_of(batch), self.network, self.objective
        )
        self._refuse_what_is_no_number(norm, losses)
        of_network.step()
        self.batches_done += 1
        self._measure_progress()
        self.log_dict({**losses, "step": float(self.batches_done)})

    def _teach_adversary(
        self, optimizer: LightningOptimizer, prediction: NetworkOutput, batch: Batch
    ) -> Tensor:
        """Improve the discriminator by one batch."""
        assert self.adversary is not None  # noqa: S101  (asked for above)
        generator = torch.Generator()  # on the CPU, so that every device draws the same
        generator.manual_seed(mix_seed(self.recipe.seed, self.batches_done, Purpose.MIXTURES))
        loss = self.adversary.discriminator_loss(prediction, batch, generator)
        norm = self._descend(optimizer, loss * self._share_of(batch), self.adversary)
        self._refuse_what_is_no_number(norm, {"discriminator": loss})
        optimizer.step()
        return loss

    def _descend(self, optimizer: LightningOptimizer, loss: Tensor, *owners: nn.Module) -> Tensor:
        """Compute the gradient of a loss for the owners' weights, and clip it.

        Returns:
            Its norm before, the same in all processes.
        """
        optimizer.zero_grad()
        self.manual_backward(loss)
        weights = [weight for owner in owners for weight in owner.parameters()]
        return nn.utils.clip_grad_norm_(weights, self.recipe.gradient_clip or math.inf)

    def _share_of(self, batch: Batch) -> float:
        """Weigh this process's part of a batch, so that processes together count it once."""
        return len(batch.lightness) * self.trainer.world_size / batch.whole

    def _refuse_what_is_no_number(self, norm: Tensor, losses: dict[str, Tensor]) -> None:
        """Stop before weights are spoiled; the norm is that of all processes, so all stop."""
        if torch.isfinite(norm):
            return
        broken = [name for name, loss in losses.items() if not torch.isfinite(loss)]
        names = self._names_of(self.batches_done)
        pictures = f" (pictures {', '.join(names[:3])}, …)" if names else ""
        raise RunError(
            f"{(*broken, 'the gradient')[0]} is no longer a number at step {self.batches_done}"
            f"{pictures}; the last checkpoint is good; a lower learning_rate may help"
        )

    def validation_step(self, batch: Batch, step: int) -> None:
        """Add one batch of held-out pictures to the scores."""
        prediction = self.predict(batch.lightness)
        loss = self.objective.total(self.objective(prediction, batch))
        self._scores.add(prediction.chroma, batch.chroma, loss)

    def on_validation_epoch_end(self) -> None:
        """Log the scores of the held-out pictures."""
        scores = {f"held_out/{key}": value for key, value in self._scores.result().items()}
        self.log_dict({**scores, "step": float(self.batches_done)})
        self._scores = Scores()

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        """Give the network's optimizer, and the discriminator's; only kernels decay."""
        recipe, settings = self.recipe, self.recipe.adversarial
        learning = [*_learning(self.network), *_learning(self.objective)]
        kind = torch.optim.AdamW if recipe.optimizer == "adamw" else torch.optim.Adam
        named = self.network.named_parameters() if recipe.thaw_share < 1 else ()
        thawing = [each for each in named if not each[1].requires_grad]  # it learns later
        optimizers: list[torch.optim.Optimizer] = [
            kind(
                [*_groups(learning, 1.0), *_groups(thawing, recipe.thawed_rate)],
                lr=recipe.learning_rate,
                betas=(recipe.betas[0], recipe.betas[1]),
                weight_decay=recipe.weight_decay,
            )
        ]
        if self.adversary is not None:
            betas = (settings.betas[0], settings.betas[1])
            weights = {"params": list(self.adversary.parameters()), "rate_share": 1.0}
            rate = settings.learning_rate
            optimizers.append(torch.optim.Adam([weights], lr=rate, betas=betas))
        return optimizers

    @property
    def elapsed_s(self) -> float:
        """Seconds this run has trained, those before an interruption included."""
        return self._elapsed_s + time.monotonic() - self._resumed_at_s

    def _measure_progress(self) -> None:
        """Tell how much of the run is done: by steps, or by the clock when that is nearer."""
        self.progress = self.batches_done / self.recipe.steps
        if self.recipe.minutes:
            elapsed_s = self.trainer.strategy.broadcast(self.elapsed_s)
            self.progress = max(self.progress, elapsed_s / (60 * self.recipe.minutes))

    def learning_rate_share(self) -> float:
        """Give the share of the peak rate: warm-up, a plateau, then a linear fall to zero."""
        rising = (self.batches_done + 1) / max(1, self.recipe.warmup_steps)
        falling = (1 - self.progress) / max(1e-9, self.recipe.decay_share)
        return max(0.0, min(1.0, rising, falling))

    def on_train_start(self) -> None:
        """Start the clock."""
        self._resumed_at_s = time.monotonic()
        self._measure_progress()

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the counters."""
        checkpoint["photochrom"] = {"batches": self.batches_done, "elapsed_s": self.elapsed_s}

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take the counters back."""
        self.batches_done = int(checkpoint["photochrom"]["batches"])
        self._elapsed_s = float(checkpoint["photochrom"]["elapsed_s"])
        self.progress = self.batches_done / self.recipe.steps


def _learning(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    for name, parameter in module.named_parameters():
        if parameter.requires_grad:
            yield name, parameter


def _groups(named: Sequence[tuple[str, nn.Parameter]], rate_share: float) -> list[dict[str, Any]]:
    """Sort weights into those that decay and those that do not; empty groups are left out."""
    kernels = [weight for name, weight in named if _is_kernel(name, weight)]
    others = [weight for name, weight in named if not _is_kernel(name, weight)]
    groups: list[dict[str, Any]] = [{"params": kernels}, {"params": others, "weight_decay": 0.0}]
    return [{**group, "rate_share": rate_share} for group in groups if group["params"]]


def _is_kernel(name: str, parameter: nn.Parameter) -> bool:
    return name.endswith("weight") and parameter.ndim > 1


class Scores:
    """Sums over pictures: loss, ab error against gray's, and chroma against the truth's."""

    def __init__(self) -> None:
        self._pixels = 0
        self._loss = 0.0
        self._error = 0.0
        self._gray_error = 0.0
        self._chroma = 0.0
        self._truth_chroma = 0.0

    def add(self, chroma: Tensor, truth: Tensor, loss: Tensor) -> None:
        """Add pictures.

        Args:
            chroma: (N, 2, h, w) predicted, at a fraction of the size.
            truth: (N, 2, H, W).
            loss: scalar, the mean over these pictures.
        """
        pixels = truth.shape[0] * truth.shape[2] * truth.shape[3]
        full = F.interpolate(chroma.float(), size=truth.shape[2:], mode="bilinear")
        self._pixels += pixels
        self._loss += pixels * float(loss)
        self._error += float(torch.linalg.vector_norm(full - truth, dim=1).clamp(max=150).sum())
        self._gray_error += float(torch.linalg.vector_norm(truth, dim=1).clamp(max=150).sum())
        self._chroma += float(torch.linalg.vector_norm(full, dim=1).sum())
        self._truth_chroma += float(torch.linalg.vector_norm(truth, dim=1).sum())

    def result(self) -> dict[str, float]:
        """Give the loss, AuC in percent, its difference to gray's, and mean chroma over truth's."""
        auc = 100 * (1 - self._error / (150 * self._pixels))
        gray = 100 * (1 - self._gray_error / (150 * self._pixels))
        share = self._chroma / self._truth_chroma
        return {
            "loss": self._loss / self._pixels,
            "auc": auc,
            "auc_over_gray": auc - gray,
            "chroma_share": share,
        }
