"""File names that a stranger proposes, made fit for every system."""

import re
from typing import Final

from photochrom.texts import printable

_MOST: Final = 120  # characters: with what is appended, below every system's limit in UTF-8
_UNFIT: Final = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]')
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def shown_name(proposed: str) -> str:
    r"""Give a name as people shall read it: the last part of a path, in one line.

    >>> shown_name("C:\\album\\aunt\n.jpg"), shown_name("../../etc/passwd"), shown_name("/")
    ('aunt\\n.jpg', 'passwd', 'photograph')
    """
    last = re.split(r"[\\/]", proposed.rstrip("\\/"))[-1]
    return printable(last)[:_MOST] or "photograph"


def file_name(shown: str) -> str:
    r"""Make a file name of a name that is shown.

    >>> file_name("aunt: 1934?.jpg"), file_name("..bashrc"), file_name("CON.jpg"), file_name("...")
    ('aunt_ 1934_.jpg', 'bashrc', '_CON.jpg', 'photograph')
    """
    fit = _UNFIT.sub("_", shown)[:_MOST].strip(" .") or "photograph"
    return f"_{fit}" if _RESERVED.fullmatch(fit) else fit
