"""The refiners that are tried: how each is made (the paper's is trained), and what it paints."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.arrays import F32
from photochrom.engine.resample import resample
from photochrom.lab.adaptation.examples import Crops, SeenPicture
from photochrom.lab.adaptation.fitting.finding import Place
from photochrom.lab.adaptation.fitting.regression import KindOf
from photochrom.lab.adaptation.fitting.solve import (
    Seen,
    solve_broad,
    solve_kind,
    solve_linear,
    solve_place,
    solve_table,
)
from photochrom.lab.adaptation.refiners import (
    Body,
    CautiousBody,
    Refinement,
    Shape,
    labels_of_cells,
)
from photochrom.lab.adaptation.settings import Method
from photochrom.lab.data.seeds import Purpose, mix_seed
from photochrom.lab.networks.blocks import CHROMA_SCALE
from photochrom.lab.networks.colorizers.unet import UnetConfig, UnetNetwork
from photochrom.lab.networks.patchgan import PatchConfig, PatchDiscriminator
from photochrom.lab.objectives.adversarial import discriminator_loss, generator_loss
from photochrom.work.progress import Tick

_BATCH: Final = 2
_RATE: Final = 5e-4  # Adapt-GAN, with betas 0.5 and 0.999
_L1: Final = 100.0  # pix2pix, on scaled chroma


class UnetBody(Body):
    """The paper's refiner: pix2pix's U-Net from base chroma, and lightness, to chroma.

    Args:
        shape: what it has to do with; one kind.
    """

    LEVELS = 4
    STEPS = 240  # of a training: half a minute on two cores of 2024

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self._stride = shape.stride
        self.unet = UnetNetwork(UnetConfig(levels=self.LEVELS, width=32), channels_in=3)

    def forward(self, inputs: Mapping[str, Tensor], kinds: Tensor) -> Tensor:
        """Paint."""
        light = F.avg_pool2d(inputs["lightness"], self._stride) / 50 - 1
        painted, _ = self.unet.walk(torch.cat([light, inputs["chroma"] / CHROMA_SCALE], dim=1))
        return painted * CHROMA_SCALE


def _train_gan(shape: Shape, crops: Crops, rows: Tensor, *, seed: int, tick: Tick) -> UnetBody:
    """Train the paper's refiner against a PatchGAN, on some rows (n,) of crops.

    Source: Adapt-GAN: pix2pix's U-Net and discriminator, Adam 5e-4 with betas 0.5 and 0.999, no
    weight decay, binary cross-entropy and 100 times L1.
    """
    with torch.random.fork_rng():
        torch.manual_seed(mix_seed(seed, 0, Purpose.DROPOUT) % 2**31)
        body = UnetBody(shape)
        judge = PatchDiscriminator(PatchConfig(layers=2, width=32), 3)
        ours, theirs = (
            torch.optim.Adam(each.parameters(), lr=_RATE, betas=(0.5, 0.999))
            for each in (body, judge)
        )
        for step in range(UnetBody.STEPS):
            generator = torch.Generator().manual_seed(mix_seed(seed, step, Purpose.PICTURES))
            batch = rows[torch.randint(len(rows), (_BATCH,), generator=generator)]
            inputs = {name: values[batch].float() for name, values in crops.inputs.items()}
            truth, base = crops.truth[batch].float(), inputs["chroma"]
            is_object = (labels_of_cells(crops.labels[batch], shape.stride) > 0).float()
            light = F.avg_pool2d(inputs["lightness"], shape.stride)
            painted = base + is_object * (body(inputs, is_object) - base)
            fake, real = judge(light, painted.detach()), judge(light, truth)
            _advance(theirs, discriminator_loss(real, fake, "vanilla"))
            distance = ((painted - truth) / CHROMA_SCALE).abs().mean()
            _advance(ours, generator_loss(judge(light, painted), "vanilla") + _L1 * distance)
            tick()
    return body.eval().requires_grad_(False)


def _advance(optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


LINEAR: Final = "linear"
LOOKUP: Final = "mean chroma per lightness"
BROAD: Final = "broad"
CAUTIOUS: Final = "cautious"
FITTED: Final = (BROAD, CAUTIOUS)  # colorful enough as they are
_TRUST: Final = 0.7  # how far from the base a cautious one goes

CANDIDATES: Final[Mapping[Method, Sequence[str]]] = {  # of each method, the likeliest first
    "auto": (BROAD, CAUTIOUS, LINEAR, LOOKUP),
    "gan": ("gan",),
    "linear": (LINEAR,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Refiners made of the same photographs.

    Attributes:
        bodies: by the name of the candidate.
        place: where objects are; None when all of a picture counts.
        kind: what tells kinds apart; None when there is one.
    """

    bodies: Mapping[str, Body]
    place: Place | None
    kind: KindOf | None


def make(
    method: Method, shape: Shape, seen: Seen, photos: Sequence[int], *, seed: int, tick: Tick
) -> Made:
    """Make all candidates of a method from some photographs.

    Args:
        method: whose candidates.
        shape: what they have to do with.
        seen: of all photographs.
        photos: which to learn from.
        seed: of what is trained.
        tick: called after each step; what is solved is one.
    """
    rows = seen.crops.rows_of(photos)
    table = solve_table(shape, seen.crops, rows)
    bodies: dict[str, Body] = {LOOKUP: table, LINEAR: solve_linear(shape, seen, rows)}
    if method == "auto":
        bodies[BROAD] = solve_broad(shape, seen, rows)
        bodies[CAUTIOUS] = CautiousBody(bodies[BROAD], trust=_TRUST).eval()
    if method == "gan":
        bodies["gan"] = _train_gan(shape, seen.crops, rows, seed=seed, tick=tick)
    else:
        tick()
    return Made(
        bodies=bodies, place=solve_place(shape, seen, photos), kind=solve_kind(shape, seen, photos)
    )


def paint(refinement: Refinement, picture: SeenPicture, label: int) -> F32:
    """Color a whole photograph with a refiner.

    Args:
        refinement: in evaluation mode.
        picture: the photograph.
        label: its kind, or -1 to let the refiner guess.

    Returns:
        (3, h, w) at the working size: a*, b*, and where they are the refiner's, 0 to 1.
    """
    lightness = picture.inputs["lightness"]
    labels = torch.full_like(lightness, label, dtype=torch.int64)
    with torch.no_grad():
        parts = (picture.inputs[part.name] for part in refinement.shape.parts)
        refined = refinement(lightness, labels, *parts)
    where = refined.object_mask
    if where is None:
        where = torch.ones_like(refined.chroma[:, :1])
    layers = torch.cat([refined.chroma, where], dim=1)
    return at_working_size(layers[0].numpy(), picture)


def paint_base(picture: SeenPicture) -> F32:
    """Color a whole photograph as the base does."""
    return at_working_size(picture.inputs["chroma"][0].numpy(), picture)


def at_working_size(layers: F32, picture: SeenPicture) -> F32:
    """Bring layers from padded cells to the pixels of a photograph."""
    height, width = picture.inputs["lightness"].shape[2:]
    rows, columns = picture.lightness.shape
    return np.ascontiguousarray(resample(layers, height, width)[:, :rows, :columns])
