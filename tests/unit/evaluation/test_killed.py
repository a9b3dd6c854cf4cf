from pathlib import Path

import numpy as np
import pytest
from tests.unit.evaluation.photographs import Folder

from photochrom.engine.options import Options
from photochrom.evaluation.contestants.contestant import Painted
from photochrom.evaluation.contestants.models import LoadedModel, load_models
from photochrom.evaluation.findings.summary import report_rows, summarize
from photochrom.evaluation.protocol import Setup
from photochrom.evaluation.run import measure_all


def test_a_killed_run_goes_on_where_it_stopped(
    folder: Folder, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos, setup = folder(color=5), Setup(journal=tmp_path / "journal")
    models = load_models({"tiny": tiny_model}, Options())
    plain = report_rows(summarize(measure_all(models, photos, Setup())))
    paint, calls = LoadedModel.paint, []

    def counted(self: LoadedModel, gray: np.ndarray) -> Painted:
        calls.append(gray)
        return paint(self, gray)

    def stop_after_two(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(LoadedModel, "paint", counted)
        with pytest.raises(KeyboardInterrupt):
            measure_all(models, photos, setup, progress=stop_after_two)
        assert (tmp_path / "journal").exists()
        before = len(calls)
        resumed = measure_all(models, photos, setup)
        assert before >= 2
        assert len(calls) == 5
        again = measure_all(models, photos, setup)  # until the report is written, all is kept
    assert len(calls) == 5
    assert report_rows(summarize(resumed)) == report_rows(summarize(again)) == plain
