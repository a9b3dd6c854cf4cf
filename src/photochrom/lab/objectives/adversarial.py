"""Adversarial losses: a discriminator against a generator, on raw scores.

Source: Goodfellow et al. 2014 (vanilla, with the non-saturating generator of its section 3), Mao et
al. 2017 (least squares), Arjovsky et al. 2017 (Wasserstein), Gulrajani et al. 2017 (its penalty).
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

AdversarialForm = Literal["vanilla", "least-squares", "wasserstein"]


def discriminator_loss(real: Tensor, fake: Tensor, form: AdversarialForm) -> Tensor:
    """Loss that teaches a discriminator to score real above fake.

    Args:
        real: raw scores of photographs, any shape.
        fake: raw scores of generated colors, any shape; made from detached colors.
        form: the kind of game; `wasserstein` needs `gradient_penalty` beside it.

    Returns:
        Scalar. Vanilla and least squares are the mean over both sides, as in pix2pix, which slows
        the discriminator; Wasserstein is the difference of the means.

    >>> zero = torch.zeros(1, 1, 2, 2)
    >>> round(float(discriminator_loss(zero, zero, "vanilla")), 4)  # ln 2
    0.6931
    >>> float(discriminator_loss(zero + 0.5, zero, "least-squares"))
    0.125
    >>> float(discriminator_loss(zero + 3, zero + 1, "wasserstein"))
    -2.0
    """
    if form == "vanilla":
        return (F.softplus(-real).mean() + F.softplus(fake).mean()) / 2
    if form == "least-squares":
        return ((real - 1).square().mean() + fake.square().mean()) / 2
    return fake.mean() - real.mean()


def generator_loss(fake: Tensor, form: AdversarialForm) -> Tensor:
    """Loss that teaches a generator to be scored as real.

    Args:
        fake: raw scores of generated colors, any shape.
        form: the kind of game, the same as the discriminator's.

    Returns:
        Scalar.

    >>> zero = torch.zeros(1, 1, 2, 2)
    >>> round(float(generator_loss(zero, "vanilla")), 4)  # ln 2
    0.6931
    >>> float(generator_loss(zero, "least-squares")), float(generator_loss(zero + 3, "wasserstein"))
    (1.0, -3.0)
    """
    if form == "vanilla":
        return F.softplus(-fake).mean()
    if form == "least-squares":
        return (fake - 1).square().mean()
    return -fake.mean()


def gradient_penalty(
    scores_of: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, generator: torch.Generator
) -> Tensor:
    """Measure how far a critic is from a slope of 1 between real and fake, as WGAN-GP punishes it.

    The caller multiplies by 10, and keeps batch norm out of the critic: it mixes pictures.

    Args:
        scores_of: gives (N, ...) raw scores of (N, C, H, W) colors; their mean is a picture's.
        real: (N, C, H, W) in the units in which the slope should be 1, a*, b* / 110 as a rule.
        fake: the same shape and units.
        generator: draws one point between each pair; any device.

    Returns:
        Scalar: the mean over pictures of (slope - 1) ** 2.

    Source: Gulrajani et al. 2017, equation 3.

    >>> zero, random = torch.zeros(2, 1, 1, 1), torch.Generator().manual_seed(0)
    >>> float(gradient_penalty(lambda colors: 3 * colors, zero, zero, random))
    4.0
    """
    share = torch.rand(len(real), 1, 1, 1, generator=generator, device=generator.device).to(real)
    between = (fake + share * (real - fake)).detach().requires_grad_()
    scores = scores_of(between).flatten(1).mean(dim=1)
    (slopes,) = torch.autograd.grad(scores.sum(), between, create_graph=True)
    length = torch.sqrt(slopes.square().flatten(1).sum(dim=1) + 1e-12)
    return (length - 1).square().mean()
