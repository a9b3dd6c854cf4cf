"""The refiner of the Adapt-GAN paper, which is trained; what is solved is in `fitting`."""

from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from photochrom.lab.adaptation.examples import Crops
from photochrom.lab.adaptation.refiners import Body, Shape, labels_of_cells
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


def train_gan(shape: Shape, crops: Crops, rows: Tensor, *, seed: int, tick: Tick) -> UnetBody:
    """Train the paper's refiner against a PatchGAN.

    Args:
        shape: what it has to do with.
        crops: of the photographs.
        rows: (n,) which crops to learn from.
        seed: of first weights and order.
        tick: called after each of `UnetBody.STEPS` batches.

    Returns:
        The body, ready to paint.

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
