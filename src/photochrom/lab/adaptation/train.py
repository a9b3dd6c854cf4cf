"""Train a refiner on views, and keep it at several points on the way."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from photochrom.lab.adaptation.examples import Views
from photochrom.lab.adaptation.refiners import (
    Body,
    ResidualBody,
    ResidualConfig,
    Shape,
    UnetBody,
    labels_of_cells,
)
from photochrom.lab.adaptation.settings import BATCH
from photochrom.lab.data.seeds import Purpose, mix_seed
from photochrom.lab.networks.blocks import CHROMA_SCALE
from photochrom.lab.networks.patchgan import PatchConfig, PatchDiscriminator
from photochrom.lab.objectives.adversarial import discriminator_loss, generator_loss
from photochrom.work.progress import Tick

STOPS: Final = (0.34, 0.67, 1.0)  # shares of the steps at which a refiner is kept
_RATE: Final = 2e-3
_DECAY: Final = 1e-2
_WARM: Final = 0.2
_PALETTE: Final = 0.05
_DIRECTIONS: Final = 8
_SOFT: Final = 1.0  # ab units below which errors count by their squares
_GAN_RATE: Final = 5e-4  # Adapt-GAN, with betas 0.5 and 0.999
_GAN_L1: Final = 100.0  # pix2pix, on scaled chroma
_GAN_BATCH: Final = 2
_INTERRUPTED_SHARE: Final = 0.34


@dataclass(frozen=True, slots=True, kw_only=True)
class RefinerCourse:
    """How long to train, and from what seed.

    Attributes:
        steps: batches; 0 for what is solved, which is one tick.
        seed: of first weights and order.
        tick: called after each batch.
        stops: how many of `STOPS` to go to.
        is_last: whether an interruption after a third keeps what there is.
    """

    steps: int
    seed: int
    tick: Tick
    stops: int = len(STOPS)
    is_last: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A training and what is left of it.

    Attributes:
        bodies: as they were at each stop.
        losses: (steps,) of every batch.
        is_whole: whether it went to its end.
    """

    bodies: tuple[Body, ...]
    losses: tuple[float, ...]
    is_whole: bool = True


def train_residual(shape: Shape, views: Views, rows: Tensor, course: RefinerCourse) -> Trained:
    """Train the residual refiner.

    Args:
        shape: what it has to do with.
        views: of the photographs.
        rows: (n,) which views to learn from.
        course: how long, and from what seed.

    Returns:
        The refiner at every stop.
    """
    with torch.random.fork_rng():
        torch.manual_seed(mix_seed(course.seed, 0, Purpose.DROPOUT) % 2**31)
        body = ResidualBody(shape, ResidualConfig())
        optimizer = torch.optim.AdamW(body.parameters(), lr=_RATE, weight_decay=_DECAY)
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: rate_share((step + 1) / course.steps)
        )

        def advance(batch: "CropBatch") -> float:
            painted = body(batch.inputs, batch.kinds)
            loss = batch.loss(painted)
            _step(optimizer, loss)
            schedule.step()
            return float(loss.detach())

        batches = _batches(shape, views, rows, count=BATCH, seed=course.seed)
        return _walk(body, batches, advance, course)


def train_gan(shape: Shape, views: Views, rows: Tensor, course: RefinerCourse) -> Trained:
    """Train the paper's refiner against a PatchGAN; arguments as in `train_residual`.

    Source: Adapt-GAN: pix2pix's U-Net and discriminator, Adam 5e-4 with betas 0.5 and 0.999, no
    weight decay, binary cross-entropy and 100 times L1.
    """
    with torch.random.fork_rng():
        torch.manual_seed(mix_seed(course.seed, 0, Purpose.DROPOUT) % 2**31)
        body = UnetBody(shape)
        judge = PatchDiscriminator(PatchConfig(layers=2, width=32), 3)
        ours, theirs = (
            torch.optim.Adam(each.parameters(), lr=_GAN_RATE, betas=(0.5, 0.999))
            for each in (body, judge)
        )

        def advance(batch: "CropBatch") -> float:
            light = F.avg_pool2d(batch.inputs["lightness"], shape.stride)
            painted = body(batch.inputs, batch.kinds)
            seen = batch.composed(painted)
            fake = judge(light, seen.detach())
            loss = discriminator_loss(judge(light, batch.truth), fake, "vanilla")
            _step(theirs, loss)
            distance = ((seen - batch.truth) / CHROMA_SCALE).abs().mean()
            loss = generator_loss(judge(light, seen), "vanilla") + _GAN_L1 * distance
            _step(ours, loss)
            return float(loss.detach())

        batches = _batches(shape, views, rows, count=_GAN_BATCH, seed=course.seed)
        return _walk(body, batches, advance, course)


def _step(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def rate_share(done: float) -> float:
    """Give the share of the learning rate: up on a line, down on a cosine.

    >>> [round(rate_share(done), 2) for done in (0.1, 0.2, 0.6, 1.0)]
    [0.5, 1.0, 0.5, 0.0]
    """
    if done < _WARM:
        return done / _WARM
    turned = torch.tensor((done - _WARM) / (1 - _WARM) * torch.pi)
    return float(0.5 * (1 + torch.cos(turned)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CropBatch:
    """Some views, as a body and its losses want them; kinds and weights lie on chroma cells.

    Attributes:
        inputs: by name, float32.
        truth: (n, 2, h, w) a* and b*.
        kinds: (n, K, h, w) one-hot.
        marks: (n, 1, h, w) 1 on objects.
        directions: (2, d) on which palettes are compared.
    """

    inputs: Mapping[str, Tensor]
    truth: Tensor
    kinds: Tensor
    marks: Tensor
    directions: Tensor

    def composed(self, painted: Tensor) -> Tensor:
        """Put painted objects (n, 2, h, w) on the base's background."""
        base = self.inputs["chroma"]
        return base + self.marks * (painted - base)

    def loss(self, painted: Tensor) -> Tensor:
        """Sum up what is wrong with painted colors (n, 2, h, w)."""
        squares = (painted - self.truth).square().sum(dim=1, keepdim=True)
        lengths = torch.sqrt(squares + _SOFT)
        total = (lengths * self.marks).sum() / self.marks.sum().clamp(min=1) / 10
        return total + _PALETTE * self._palette_distance(painted)

    def _palette_distance(self, chroma: Tensor) -> Tensor:
        """Compare the colors of all objects, wherever they are: sliced Wasserstein-1."""
        is_object = self.marks[:, 0] > 0
        ours, theirs = (
            values.movedim(1, -1)[is_object] @ self.directions for values in (chroma, self.truth)
        )
        return (ours.sort(dim=0).values - theirs.sort(dim=0).values).abs().mean() / 10


def _batches(
    shape: Shape, views: Views, rows: Tensor, *, count: int, seed: int
) -> Iterator[CropBatch]:
    """Give batches without end; which is a function of seed and step."""
    step = 0
    numbers = torch.arange(1, shape.kinds + 1)[None, :, None, None]
    while True:
        generator = torch.Generator().manual_seed(mix_seed(seed, step, Purpose.PICTURES))
        chosen = rows[torch.randint(len(rows), (count,), generator=generator)]
        angles = torch.rand(_DIRECTIONS, generator=generator) * torch.pi
        labels = labels_of_cells(views.labels[chosen].long(), shape.stride)
        yield CropBatch(
            inputs={name: values[chosen].float() for name, values in views.inputs.items()},
            truth=views.truth[chosen].float(),
            kinds=(labels == numbers).float(),
            marks=(labels > 0).float(),
            directions=torch.stack([angles.cos(), angles.sin()]),
        )
        step += 1


def _walk(
    body: Body,
    batches: Iterator[CropBatch],
    advance: Callable[[CropBatch], float],
    course: RefinerCourse,
) -> Trained:
    """Go through the batches and keep the body at every stop."""
    stops = [max(1, round(share * course.steps)) for share in STOPS[: course.stops]]
    kept: list[Body] = []
    losses: list[float] = []
    body.train()
    try:
        for step in range(1, stops[-1] + 1):
            losses.append(advance(next(batches)))
            if step in stops:
                kept += [_frozen(body)] * stops.count(step)
            course.tick()
    except KeyboardInterrupt:
        if not course.is_last or len(losses) < _INTERRUPTED_SHARE * stops[-1]:
            raise
        missing = course.stops - len(kept)
        kept += [_frozen(body)] * missing
        return Trained(bodies=tuple(kept), losses=tuple(losses), is_whole=False)
    return Trained(bodies=tuple(kept), losses=tuple(losses))


def _frozen(body: nn.Module) -> Body:
    """Copy a body as it is now, ready to paint."""
    copied: Body = copy.deepcopy(body).eval()  # type: ignore[assignment]
    return copied.requires_grad_(False)
