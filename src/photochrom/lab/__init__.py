"""The lab: everything that needs torch (networks, objectives, data, training)."""

import os

from photochrom.models.registry import home

# Lightning imports matplotlib, which keeps a list of the machine's fonts: in our own folder, then.
os.environ.setdefault("MPLCONFIGDIR", str(home() / "matplotlib"))
