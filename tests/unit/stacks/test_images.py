"""The image: from locks with hashes, not as root, nothing in it but what runs."""

import re

import pytest
from docker.utils import build

from stacks import images
from stacks.images import docker_settings
from tagstack.errors import UsageError
from tagstack.sources import source_files


@pytest.fixture(scope="module")
def dockerfile():
    from tagstack.paths import PROJECT

    return (PROJECT / "Dockerfile").read_text()


def test_the_encoder_is_built_from_just_the_modules_that_it_needs(dockerfile, project):
    copied = re.findall(r"^COPY (tagstack.*)$", dockerfile.replace("\\\n", " "), re.MULTILINE)
    named = [project / part for line in copied for part in line.split()[:-1]]
    files = {file for part in named for file in (part.glob("*.py") if part.is_dir() else [part])}
    needed = source_files(("tagstack.encoder.offline", "tagstack.encoder.graph"))
    assert needed <= files
    assert files - needed <= set((project / "tagstack" / "encoder").glob("*.py"))


def test_everything_is_installed_from_locks_with_hashes(dockerfile, project):
    script = (project / "requirements" / "install.sh").read_text().replace("\\\n", " ")
    [install] = re.findall(r"^.*pip.* install .*$", script, re.MULTILINE)
    assert {"--require-hashes", "--no-deps", "--compile"} <= set(install.split())
    assert not re.search(r"pip3? .*install", dockerfile)
    always, extras = re.findall(r"^RUN requirements/install.sh ([^&\n]*)", dockerfile, re.MULTILINE)
    assert tuple(always.split()) == images.ALWAYS
    assert extras == "${EXTRAS}"


def test_the_image_has_no_pip_and_does_not_run_as_root(dockerfile, project):
    last = dockerfile.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 1000:1000$", last, re.MULTILINE)
    assert "--without-pip /opt/venv" in (project / "requirements" / "install.sh").read_text()


def test_the_stage_that_zenml_builds_on_is_there(dockerfile):
    settings = docker_settings()
    assert f" AS {settings.parent_image_build_config.build_options.target}\n" in dockerfile
    assert settings.user == images.USER
    assert not settings.install_stack_requirements


def test_the_context_has_the_code_and_nothing_else(tmp_path, project):
    (tmp_path / ".dockerignore").write_text((project / ".dockerignore").read_text())
    wanted = ["run.py", "requirements/runtime.txt", "requirements/install.sh", "stacks/local.yaml",
              "tagstack/serving/page/page.js", "steps/a.py"]  # fmt: skip
    others = [".env", "tagstack/.env.local", ".git/config", "tests/test_a.py", "id_rsa", "stacks/__pycache__/a.pyc",
              "tagstack/a.pyc", ".tagstack/sample.db", "docs/design.md", "shared.db", "lab/keys.yaml",
              "requirements/lab.txt", "requirements/lock_extra.sh"]  # fmt: skip
    for name in (*wanted, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    lines = (tmp_path / ".dockerignore").read_text().splitlines()
    patterns = [line.strip() for line in lines if line[:1] not in {"", "#"}]
    found = {name for name in build.exclude_paths(str(tmp_path), patterns) if (tmp_path / name).is_file()}
    assert found - {".dockerignore"} == set(wanted)


def test_extras_bring_their_locks_and_a_changed_lock_changes_the_settings(tmp_path, monkeypatch):
    plain, more = docker_settings(), docker_settings(["ssh", "s3"])
    assert more.parent_image_build_config.build_options.build_args["EXTRAS"] == "ssh"
    assert docker_settings() == plain == docker_settings(["s3"])
    assert more != plain
    (tmp_path / "requirements").mkdir()
    for name in images.ALWAYS:
        (tmp_path / "requirements" / f"{name}.txt").write_text("changed")
    monkeypatch.setattr(images, "PROJECT", tmp_path)
    label = docker_settings().parent_image_build_config.build_options.labels["tagstack.locks"]
    assert label != plain.parent_image_build_config.build_options.labels["tagstack.locks"]


def test_an_extra_without_a_lock_is_refused():
    with pytest.raises(UsageError, match=r"^There is no lock requirements/nonsense\.txt; `make lock` writes"):
        docker_settings(["nonsense"])


def test_a_password_of_the_package_index_does_not_get_into_the_settings(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:hunter2@pypi.example.org/simple")
    with pytest.raises(UsageError, match="PIP_INDEX_URL holds a user or password") as caught:
        docker_settings()
    assert "hunter2" not in str(caught.value)


def test_base_image_and_index_come_from_the_surroundings(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://pypi.example.org/simple")
    monkeypatch.setenv("TAGSTACK_BASE_IMAGE", "registry.example.org/python:3.11")
    given = docker_settings().parent_image_build_config.build_options.build_args
    assert (given["PIP_INDEX_URL"], given["BASE"]) == (
        "https://pypi.example.org/simple",
        "registry.example.org/python:3.11",
    )
