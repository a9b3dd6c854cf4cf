"""The image of the studio, as far as it can be checked without Docker."""

import re
import shlex
import tomllib
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version
from tests.dockerfile import ROOT, Step, steps

from photochrom.cli.studio import studio

DOCKER = ROOT / "docker"


def last_stage() -> list[Step]:
    return steps()[max(n for n, (word, _) in enumerate(steps()) if word == "FROM") :]


def locked(name: str) -> dict[str, Version]:
    text = (DOCKER / name).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text))
    for block in blocks:
        assert "--hash=sha256:" in block, block
    pairs = (re.match(r"([\w.-]+)==(\S+)", block) for block in blocks)
    return {pair[1].lower().replace("_", "-"): Version(pair[2]) for pair in pairs if pair}


@pytest.fixture(scope="module")
def project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_bases_are_pinned_and_nothing_is_fetched_by_address() -> None:
    bases = [rest.split()[0] for word, rest in steps() if word == "FROM"]
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", bases[0])
    assert {word for word, _ in steps()}.isdisjoint({"ADD", "MAINTAINER", "SHELL"})
    for word, rest in steps():
        if word == "RUN":
            assert not re.search(r"curl|wget|sudo|https?:", rest)
            for words in re.findall(r"pip (?:install|wheel) ([^&]*)", rest):
                assert "--require-hashes" in words or "--no-deps" in words


def test_it_runs_as_nobody_special_and_tells_how_it_is() -> None:
    words = [word for word, _ in last_stage()]
    named = dict(last_stage())
    assert named["USER"] == "photochrom"
    assert "--uid 1000" in next(rest for word, rest in last_stage() if word == "RUN")
    assert "RUN" not in words[words.index("USER") :]
    assert named["HEALTHCHECK"].count("/healthz") == 1
    assert "--start-period=" in named["HEALTHCHECK"]
    assert "photochrom studio" in named["LABEL"]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [shlex.split(rest) for word, rest in steps() if word == "COPY"]
    sources = {each for words in copied if not words[0].startswith("--from") for each in words[:-1]}
    assert sources == {line[1:] for line in allowed if line.startswith("!")}
    for source in sources:
        assert (ROOT / source).exists(), source


def test_the_command_is_one_that_the_studio_knows() -> None:
    command = yaml.safe_load(dict(last_stage())["CMD"])
    assert command[:2] == ["photochrom", "studio"]
    context = studio.make_context("studio", command[2:])
    assert context.params["host"] == "0.0.0.0"  # noqa: S104
    assert str(context.params["port"]) == dict(last_stage())["EXPOSE"]
    assert str(context.params["folder"]) in yaml.safe_load(dict(last_stage())["VOLUME"])


def test_the_lock_holds_what_the_studio_needs(project: Any) -> None:
    needs = project["project"]["dependencies"]
    extras = project["project"]["optional-dependencies"]
    lock = locked("requirements.txt")
    for each in map(Requirement, [*needs, *extras["studio"], *extras["heic"]]):
        version = lock[each.name.lower().replace("_", "-")]
        assert each.specifier.contains(version), each
    assert "torch" not in lock
    (build,) = map(Requirement, project["build-system"]["requires"])
    assert build.specifier.contains(locked("build-requirements.txt")[build.name])


def test_the_lock_agrees_with_the_constraints() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.lower().replace("_", "-").split("==") for line in lines if "==" in line)
    for name, version in locked("requirements.txt").items():
        assert Version(pinned.get(name, str(version))) == version, name


def test_the_compose_file_keeps_it_small_and_at_home() -> None:
    content = yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8"))
    (service,) = content["services"].values()
    port = dict(last_stage())["EXPOSE"]
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit"} <= service.keys()
    places = [each.split(":")[1] for each in service["volumes"]]
    assert places == yaml.safe_load(dict(last_stage())["VOLUME"])
    assert {each.split(":")[0] for each in service["volumes"]} == content["volumes"].keys()
    assert (DOCKER / service["build"]["context"] / service["build"]["dockerfile"]).exists()
