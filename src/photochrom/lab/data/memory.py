"""How much memory there is, as far as the standard library can tell."""

import os
from pathlib import Path
from typing import Final

_MEMINFO: Final = Path("/proc/meminfo")
_UNKNOWN: Final = 8 << 30  # where the system tells nothing


def available_bytes() -> int:
    """Estimate the memory that can be taken without pushing anything out.

    Returns:
        Linux's estimate, elsewhere half of the machine, 8 GiB where that is unknown too.
    """
    if _MEMINFO.exists():
        lines = (line.split() for line in _MEMINFO.read_text("ascii").splitlines())
        kibibytes = {words[0]: int(words[1]) for words in lines}
        return kibibytes["MemAvailable:"] << 10
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return _UNKNOWN
