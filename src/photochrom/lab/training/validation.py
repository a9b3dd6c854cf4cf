"""Scores of held-out pictures while a run goes on."""

import torch
from torch import Tensor
from torch.nn import functional as F


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
