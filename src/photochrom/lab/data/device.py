"""Whether decoded pictures may live on an accelerator."""

from collections.abc import Sequence
from typing import Final

import torch

from photochrom.lab.data.pictures import Pictures, PictureStore

_SHARE: Final = 0.6  # of the free memory; the rest is for the network and its gradients


def fits_on(stores: Sequence[Pictures], device: torch.device) -> bool:
    """Tell whether pictures may be kept on a device for the whole run.

    Args:
        stores: all that would be kept there.
        device: where the network trains.

    Returns:
        True on a CPU; on a CUDA device, when they are in memory and take at most 60 % of what is
        free; on any other, False.
    """
    if device.type == "cpu":
        return True
    resident = [store.pixels.nbytes for store in stores if isinstance(store, PictureStore)]
    if device.type != "cuda" or len(resident) < len(stores):
        return False
    free_bytes, _ = torch.cuda.mem_get_info(device)
    return sum(resident) <= _SHARE * free_bytes
