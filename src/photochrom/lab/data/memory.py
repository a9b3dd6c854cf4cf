"""How much memory there is, and how many processes share it."""

import os
from pathlib import Path
from typing import Final

_MEMINFO: Final = Path("/proc/meminfo")
_UNKNOWN: Final = 8 << 30  # where the system tells nothing


def local_processes() -> int:
    """Count the processes of this run that share the machine, as torchrun tells them; else one."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


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
