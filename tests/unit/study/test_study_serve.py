"""What is looked at before a study is served."""

from pathlib import Path

import pytest
from tests.studies import copy_of

from photochrom.errors import InputError
from photochrom.study.design.manifest import read_manifest
from photochrom.study.server.app import serve_study


def test_a_study_with_links_for_pictures_is_not_served(made_study: Path, tmp_path: Path) -> None:
    study = copy_of(made_study, tmp_path)
    file = study / read_manifest(study).pictures[-1].files[-1]
    file.unlink()
    file.symlink_to("/etc/passwd")
    with pytest.raises(InputError, match="is a link; the pictures of a study lie in its own"):
        serve_study(study, host="127.0.0.1", port=0)
