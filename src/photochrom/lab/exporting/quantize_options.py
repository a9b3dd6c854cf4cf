"""What a quantized copy of a model may cost."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantizeOptions:
    """What a quantized copy may cost; the library and the command line share it."""

    way: Literal["weights", "arithmetic"] = field(
        default="weights",
        metadata={
            "help": "weights: they are stored as int8, all is computed as before. arithmetic: "
            "computed in int8 as well, which moves colors more and may be faster or slower."
        },
    )
    most: float = field(
        default=1.0,
        metadata={
            "metavar": "DE",
            "least": 0.0,
            "help": "Refuse when colors move further on average, in CIEDE2000; 1 is just seen.",
        },
    )
    limit: int = field(
        default=50,
        metadata={"metavar": "N", "least": 1, "help": "Compare that many, evenly spread."},
    )
    force: bool = field(default=False, metadata={"help": "Replace the file if it exists."})
