"""What a quantized copy of a model may cost."""

from dataclasses import dataclass
from typing import Literal

from photochrom.flags import option


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizeOptions:
    """What a quantized copy may cost; the library and the command line share it."""

    way: Literal["weights", "arithmetic"] = option(
        "weights",
        "weights: they are stored as int8, all is computed as before. arithmetic: "
        "computed in int8 as well, which moves colors more and may be faster or slower.",
    )
    most: float = option(
        1.0,
        "Refuse when colors move further on average, in CIEDE2000; 1 is just seen.",
        metavar="DE",
        least=0.0,
    )
    limit: int = option(50, "Compare that many, evenly spread.", metavar="N", least=1)
    force: bool = option(False, "Replace the file if it exists.")
