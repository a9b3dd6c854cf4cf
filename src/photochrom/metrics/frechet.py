"""FID and KID: how far two sets of pictures lie apart, in the eyes of a network."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from photochrom.arrays import F64

FEWEST: Final = 2048  # pictures for FID: with fewer the covariance of 2048 features is singular
_SUBSETS: Final = 100
_SUBSET: Final = 1000


def frechet_distance(first: F64, second: F64) -> float:
    """Measure the Fréchet distance of two clouds taken for Gaussians; lower is better.

    Args:
        first: (n, D) features, n at least 2.
        second: (m, D).

    Returns:
        |μ₁ - μ₂|² + Tr(Σ₁ + Σ₂ - 2(Σ₁Σ₂)^½), at least 0; biased upwards for few pictures.

    Source: Heusel et al. 2017, equation 6; checked against scipy's ``sqrtm``.

    >>> cloud = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    >>> round(frechet_distance(cloud, cloud + [3, 4]), 9)  # equal shapes, means 5 apart
    25.0
    """
    shift = first.mean(axis=0) - second.mean(axis=0)
    covariances = [np.atleast_2d(np.cov(each, rowvar=False)) for each in (first, second)]
    values, vectors = np.linalg.eigh(covariances[0])
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    mixed = np.linalg.eigvalsh(root @ covariances[1] @ root)
    overlap = np.sqrt(np.maximum(mixed, 0)).sum()
    traces = sum(np.trace(each) for each in covariances)
    return max(float(shift @ shift + traces - 2 * overlap), 0.0)


@dataclass(frozen=True, slots=True)
class KernelDistance:
    """A KID, times 1000 as it is printed, and how much it moves from subset to subset."""

    value: float
    spread: float


def kernel_distance(first: F64, second: F64, *, seed: int = 0) -> KernelDistance:
    """Measure the unbiased squared MMD with the cubic kernel; lower is better.

    Args:
        first: (n, D) features, n at least 4.
        second: (m, D).
        seed: of the subsets.

    Returns:
        Mean and standard deviation over 100 subsets of 1000 pictures, or of half of them when there
        are fewer than 2000. May be below 0 for sets that do not differ.

    Source: Bińkowski et al. 2018, section 4.
    """
    generator = np.random.default_rng(seed)
    size = min(_SUBSET, len(first) // 2, len(second) // 2)
    found = [
        unbiased_mmd(
            first[generator.choice(len(first), size, replace=False)],
            second[generator.choice(len(second), size, replace=False)],
        )
        for _ in range(_SUBSETS)
    ]
    return KernelDistance(1000 * float(np.mean(found)), 1000 * float(np.std(found)))


def unbiased_mmd(first: F64, second: F64) -> float:
    """Estimate the squared maximum mean discrepancy with the kernel (x·y / D + 1)³.

    Args:
        first: (n, D) features, n at least 2.
        second: (m, D), m at least 2.

    >>> ones, twos = np.ones((2, 1)), 2 * np.ones((2, 1))
    >>> unbiased_mmd(ones, twos)  # 2³ + 5³ - 2 * 3³
    79.0
    """
    within = 0.0
    for each in (first, second):  # the mean beside the diagonal
        kernel = _kernel(each, each)
        within += (kernel.sum() - np.trace(kernel)) / (len(kernel) * (len(kernel) - 1))
    return float(within - 2 * _kernel(first, second).mean())


def _kernel(first: F64, second: F64) -> F64:
    return np.asarray((first @ second.T / first.shape[1] + 1) ** 3)
