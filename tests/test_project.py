"""Facts about the project's own files: what they promise each other, and what `make` does when something is missing."""

import ast
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import nastutor
from nastutor.lessons.doctor import lessons_with_torch

ROOT = Path(__file__).parents[1]
DATA_README = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

TELL_COMMANDS = [
    "README.md",
    "CONTRIBUTING.md",
    "data/README.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md")),
    *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("notebooks/*.ipynb")),
    ".github/workflows/ci.yml",
    ".devcontainer/devcontainer.json",
]
WORKFLOW = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")

needs_make = pytest.mark.skipif(
    shutil.which("make") is None or sys.platform == "win32", reason="needs make and the shell that it calls"
)


def direct_requirements():
    extras = PROJECT["optional-dependencies"].values()
    found = [Requirement(text) for texts in [PROJECT["dependencies"], *extras] for text in texts]
    return [requirement for requirement in found if requirement.name != "nastutor"]


def pins(name="constraints.txt"):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = {}
    for pin in [Requirement(line) for line in lines if line and not line.startswith("#")]:
        (specifier,) = pin.specifier
        assert specifier.operator == "==" and not pin.url, pin
        found[canonicalize_name(pin.name)] = Version(specifier.version)
    return found


def lower_bounds():
    """The largest lower bound of each package that has one."""
    bounds = {}
    for requirement in direct_requirements():
        for specifier in requirement.specifier:
            name, version = canonicalize_name(requirement.name), Version(specifier.version)
            bounds[name] = max(version, bounds.get(name, version))
    return bounds


@pytest.mark.parametrize("name", ["constraints.txt", "constraints-oldest.txt"])
def test_constraints_are_exact_and_can_be_installed_everywhere(name):
    for package, version in pins(name).items():
        assert "+" not in str(version), f"{package}: a local version exists on one index only"


def test_the_pinned_versions_run_on_the_first_python_that_is_allowed():
    """Some need a later patch: systems ship 3.11.2."""
    for name, version in pins().items():
        with contextlib.suppress(PackageNotFoundError):
            package = metadata(name)
            if Version(package["Version"]) == version:
                allowed = SpecifierSet(package.get("Requires-Python") or "")
                assert allowed.contains("3.11.0"), f"{name} {version} needs Python {allowed}"


def test_everything_that_the_extras_install_is_pinned():
    """What they need in turn as well, as far as it is installed here in the pinned version."""
    pinned, needed = pins(), set()
    rest = [(canonicalize_name(r.name), extra) for r in direct_requirements() for extra in ["", *r.extras]]
    while rest:
        name, extra = rest.pop()
        if (name, extra) in needed:
            continue
        needed.add((name, extra))
        with contextlib.suppress(PackageNotFoundError):
            if Version(metadata(name)["Version"]).public == str(pinned.get(name)):
                wanted = [Requirement(text) for text in requires(name) or []]
                wanted = [r for r in wanted if r.marker is None or r.marker.evaluate({"extra": extra})]
                rest += [(canonicalize_name(r.name), more) for r in wanted for more in ["", *r.extras]]
    assert len(needed) > 20 and {name for name, _ in needed} - set(pinned) == set()


@pytest.mark.parametrize("requirement", direct_requirements(), ids=str)
def test_every_direct_dependency_is_pinned_within_its_bound_and_has_no_cap(requirement):
    assert requirement.specifier.contains(pins()[canonicalize_name(requirement.name)])
    assert all(specifier.operator == ">=" for specifier in requirement.specifier)


def test_the_oldest_versions_are_the_lower_bounds():
    assert pins("constraints-oldest.txt") == lower_bounds()


def test_a_build_is_made_with_the_hatchling_that_the_tests_use():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    assert build == [f"hatchling>={lower_bounds()['hatchling']}"]


def test_python_has_no_cap():
    assert PROJECT["requires-python"] == ">=3.11"


def test_the_citation_names_this_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (\S+)$", citation, re.MULTILINE)[1] == nastutor.__version__


@pytest.mark.parametrize("page", ["README.md", "data/README.md"])
def test_every_file_of_data_is_named_where_its_licence_stands(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    shipped = {path.name for path in (ROOT / "data").iterdir() if path.suffix} - {"README.md"}
    assert len(shipped) > 20 and {name for name in shipped if name not in text} == set()


def sources():
    """Yield the Python code of the package, of the builders, and of the lessons' cells, each with a name."""
    for path in (*sorted((ROOT / "nastutor").rglob("*.py")), *sorted((ROOT / "docs").rglob("*.py"))):
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                yield f"{path.stem} {cell['id']}", "".join(cell["source"])


def test_equal_numbers_have_one_order_on_every_processor():
    """Numpy sorts by the widest registers that there are, and only a stable sort leaves equal numbers as they came."""
    calls = [
        (name, node)
        for name, source in sources()
        if re.search(r"argsort|argpartition|sort_values", source)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("argsort", "argpartition", "sort_values")
    ]
    unstable = [
        f"{name}: {ast.unparse(call)}"
        for name, call in calls
        if not {ast.unparse(word) for word in call.keywords} & {"kind='stable'", "stable=True"}
    ]
    assert unstable == ["nastutor/statistics/correlation.py: np.argsort(values)"], "equal numbers share a rank there"
    assert len(calls) > 20


def test_no_two_modules_of_tests_have_one_name():
    """Pytest imports them by their names alone."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_ci_runs_what_a_reader_runs():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    for command in ("make test\n", "make test-long\n"):
        assert command in script.read_text() and f"run: {command}" in WORKFLOW


def test_ci_tries_the_commands_for_windows_and_the_oldest_versions():
    commands = re.findall(r"run: (.+)", WORKFLOW)
    told = (ROOT / "docs" / "install.md").read_text(encoding="utf-8").splitlines()
    on_windows = [command for command in commands if command.startswith(".venv\\")]
    assert len(on_windows) == 3 and set(on_windows) <= set(told)
    assert "make test CONSTRAINTS=constraints-oldest.txt NBVAL=--nbval-lax" in commands


@pytest.mark.parametrize("page", TELL_COMMANDS)
def test_make_has_every_target_that_somebody_is_told_to_run(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    text = (ROOT / page).read_text(encoding="utf-8")
    told = re.findall(r"(?:^|`|run: |&& )make ((?:[A-Z_]+=\S+ )*[a-z-]+)", text, re.MULTILINE)
    assert {command.split()[-1] for command in told} <= set(targets)
    known = {*re.findall(r"^([A-Z_]+) [?:]=", makefile, re.MULTILINE), "UV_TORCH_BACKEND", "REPO", "TAG"}
    assert set(re.findall(r"make [^`\n#]*?\b([A-Z_]+)=", text)) <= known


def test_contributing_tells_of_every_target_that_make_lists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)
    told = re.findall(r"`make ([a-z-]+)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(listed) > 30 and set(listed) - set(told) == {"help"}


def test_the_container_is_set_up_as_the_lab_with_binders_python():
    described = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert "make setup " in described["postCreateCommand"]
    version = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    assert described["image"] == f"python:{version}"
    for name in described["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / name).is_file()


def test_the_readme_marks_the_lessons_that_need_torch():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(\d\d) .*\| (yes|no) \|$", readme, re.MULTILINE)
    assert [number for number, needs in rows if needs == "yes"] == lessons_with_torch()
    assert "eight of the lessons need none" in readme and len(rows) - len(lessons_with_torch()) == 8


def test_the_changelog_begins_with_this_version_and_names_every_lesson():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    lessons = sorted(path.name[:2] for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert sorted(re.findall(r"\*\*(\d\d) ", changelog)) == lessons
    assert re.search(r"^## (\S+)$", changelog, re.MULTILINE)[1] == nastutor.__version__


def test_no_sanitizing_rule_is_lost():
    """A rule whose trailing space an editor strips is skipped in silence."""
    from nbval.plugin import get_sanitize_patterns

    path = ROOT / "tests" / "notebooks" / "sanitize.cfg"
    text = path.read_bytes().decode("ascii") if path.exists() else ""  # without the file there are no rules
    assert "\r" not in text
    assert len(list(get_sanitize_patterns(text))) == len(re.findall(r"^regex:", text, re.MULTILINE))


def contents(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """What the wheel carries: bytes by name."""
    from hatchling.builders.wheel import WheelBuilder

    (built,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    return contents(built)


def test_the_wheel_carries_the_data_and_the_licences(wheel):
    assert wheel["nastutor/data/nasbench201.npz"] == (ROOT / "data" / "nasbench201.npz").read_bytes()
    names = {Path(name).name for name in wheel}
    described = re.findall(r"[\w-]+\.(?:npz|csv|jsonl)", " ".join(re.findall(r"^## (.+)$", DATA_README, flags=re.M)))
    assert "vowels_cluster.jsonl" in described and set(described) <= names, "git ignores a file of data/"
    assert {path.name for path in (ROOT / "notebooks").glob("*.ipynb")} <= names
    assert not [name for name in wheel if not name.startswith("nastutor")]


def test_an_index_accepts_what_the_wheel_says_of_itself(wheel):
    (path,) = [name for name in wheel if name.endswith(".dist-info/METADATA")]
    read = Metadata.from_email(wheel[path], validate=True)
    assert (read.name, str(read.version)) == ("nastutor", nastutor.__version__)
    licences = [path.relative_to(ROOT).as_posix() for path in [*ROOT.glob("LICENSE*"), *ROOT.glob("data/LICENSE*")]]
    assert read.description.startswith("# nastutor") and sorted(read.license_files) == sorted(licences)
    assert len(licences) == read.license_expression.count(" AND ") + 1


@pytest.mark.long
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_the_source_archive_is_the_checkout_and_builds_the_same_wheel(wheel, tmp_path):
    """So its tests run as well, which read the workflow, binder/ and the Makefile."""
    from hatchling.builders.sdist import SdistBuilder
    from hatchling.builders.wheel import WheelBuilder

    (archive,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Python 3.11.2, which Debian has, lacks it
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, **safely)
    (unpacked,) = [path for path in tmp_path.iterdir() if path.is_dir()]
    found = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    ours = subprocess.check_output(listed, cwd=ROOT, text=True, encoding="utf-8").split("\0")
    assert found == {name for name in ours if (ROOT / name).is_file()} | {"PKG-INFO"}
    (built,) = WheelBuilder(str(unpacked)).build(directory=str(tmp_path), versions=["standard"])
    assert contents(built) == wheel


def test_an_editable_install_copies_nothing(tmp_path):
    """Copies of data and lessons would grow old beside it, and hide that a moved checkout is no longer found."""
    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["editable"])
    kept = [name for name in contents(wheel) if ".dist-info/" not in name]
    assert len(kept) == 1 and kept[0].endswith(".pth")


def make(folder, *arguments, **variables):
    """Run make as from a shell: without what an outer make hands down."""
    outer = (
        "MAKEFLAGS",
        "MFLAGS",
        "MAKELEVEL",
        "MAKEOVERRIDES",
        "NBVAL",
        "CONSTRAINTS",
        "LAB_ARGS",
        "TORCH_INDEX",
        "UV",
    )
    environment = {name: value for name, value in os.environ.items() if name not in outer} | variables
    return subprocess.run(["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose set-up is done, with a python that writes down how it was called, and fails if told to."""
    tmp_path = tmp_path / "a checkout"
    tmp_path.mkdir()
    for name in ["Makefile", "pyproject.toml", "constraints.txt"]:
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "notebooks").mkdir()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(
        '#!/bin/sh\nroot=$(dirname "$0")/../..\necho "$@" >> "$root/calls"\n'
        'env > "$root/environment"\ncase "$*" in *"$FAIL_ON"*) exit 1;; esac\n'
    )
    python.chmod(0o755)
    (tmp_path / ".venv" / "bin" / "pip").touch()
    make(tmp_path, "torch", FAIL_ON="nothing")  # notes where the checkout lies
    (tmp_path / "calls").unlink()
    for name in [".installed-lab", ".installed-test", ".installed-torch", ".installed-deploy"]:
        (tmp_path / ".venv" / name).touch()
    return tmp_path


def calls(checkout):
    path = checkout / "calls"
    return path.read_text().splitlines() if path.exists() else []


def environment(checkout):
    """What the last call of python saw."""
    return dict(line.split("=", 1) for line in (checkout / "environment").read_text().splitlines() if "=" in line)


@needs_make
def test_without_notebooks_make_test_fails(checkout):
    result = make(checkout, "test", FAIL_ON="nothing")
    assert result.returncode != 0
    assert "no notebook" in result.stdout + result.stderr


@needs_make
def test_make_test_runs_the_tests_and_then_the_notebooks_strictly(checkout):
    (checkout / "notebooks" / "01_first.ipynb").touch()
    assert make(checkout, "test", FAIL_ON="nothing").returncode == 0
    tests, copies, notebooks = calls(checkout)
    assert tests.startswith("-m pytest ") and tests.endswith(" tests")
    assert copies == "tests/notebooks/alone.py build/alone"
    assert notebooks.endswith("@build/alone/longest_first.txt")
    assert {"--nbval", "--nbval-current-env"} <= set(notebooks.split())
    seen = environment(checkout)
    assert seen["PYTHONPATH"].split(os.pathsep) == [f"{checkout}/build/alone/site", f"{checkout}/tests/light"]
    assert seen["IPYTHONDIR"] == f"{checkout}/build/alone/ipython"


@needs_make
@pytest.mark.parametrize("part", [" tests", "alone.py", "--nbval"])
def test_a_failure_in_any_part_fails_make_test(checkout, part):
    (checkout / "notebooks" / "01_first.ipynb").touch()
    assert make(checkout, "test", FAIL_ON=part).returncode != 0


@needs_make
def test_the_notebooks_see_the_environment_that_their_outputs_were_made_in(checkout):
    (checkout / "notebooks" / "01_first.ipynb").touch()
    for target in ["test", "notebooks"]:
        make(checkout, target, FAIL_ON="nothing", MPLBACKEND="Agg", OMP_NUM_THREADS="7", PYTHONHASHSEED="7", CI="")
        seen = environment(checkout)
        assert "MPLBACKEND" not in seen
        wanted = {"PYTHONHASHSEED": "0", "CI": "true"}
        wanted |= {f"{library}_NUM_THREADS": "1" for library in ["OMP", "OPENBLAS", "MKL"]}
        assert {name: seen.get(name) for name in wanted} == wanted


@needs_make
def test_tests_keep_what_they_compile(checkout):
    (checkout / "notebooks" / "01_first.ipynb").touch()
    make(checkout, "test", FAIL_ON="nothing", PYTHONDONTWRITEBYTECODE="1")
    assert environment(checkout)["PYTHONDONTWRITEBYTECODE"] == ""  # which Python reads as unset


@needs_make
def test_the_second_time_nothing_is_installed_and_a_new_pin_installs_again(checkout):
    make(checkout, "lab", FAIL_ON="nothing")
    assert not [call for call in calls(checkout) if "install" in call]
    newer = (checkout / ".venv" / ".installed-lab").stat().st_mtime + 10
    os.utime(checkout / "constraints.txt", (newer, newer))
    make(checkout, "lab", FAIL_ON="nothing")
    assert [call for call in calls(checkout) if "install --quiet -c constraints.txt -e .[lab]" in call]


@needs_make
@pytest.mark.parametrize("bring", [shutil.move, shutil.copytree])
def test_a_checkout_that_was_moved_or_copied_is_installed_again_where_it_is(checkout, bring):
    make(checkout, "lab", FAIL_ON="nothing")
    moved = Path(bring(checkout, checkout.parent / "another place"))
    (moved / "calls").unlink()
    make(moved, "lab", FAIL_ON="nothing")
    assert [call for call in calls(moved) if call.endswith("install --quiet -c constraints.txt -e .[lab]")]
    (moved / "calls").unlink()
    make(moved, "lab", FAIL_ON="nothing")
    assert not [call for call in calls(moved) if "install" in call]


@needs_make
def test_an_installation_that_failed_is_tried_again(checkout):
    (checkout / ".venv" / ".installed-lab").unlink()
    assert make(checkout, "lab", FAIL_ON="install").returncode != 0
    assert not (checkout / ".venv" / ".installed-lab").exists()


@needs_make
def test_torch_can_be_left_out_and_setup_starts_nothing(checkout):
    for name in [".installed-torch", ".installed-deploy"]:
        (checkout / ".venv" / name).unlink()
    assert make(checkout, "setup", "LAB_EXTRAS=lab", FAIL_ON="nothing").returncode == 0
    assert calls(checkout) == []
    assert make(checkout, "setup", FAIL_ON="nothing").returncode == 0
    assert [call.split()[-1] for call in calls(checkout)] == [".[torch]", ".[deploy]"]


@needs_make
def test_torch_comes_from_the_index_that_was_named(checkout):
    (checkout / ".venv" / ".installed-torch").unlink()
    make(checkout, "torch", "TORCH_INDEX=https://example.org/cpu", FAIL_ON="nothing")
    from_index, rest = calls(checkout)
    assert "--no-deps" in from_index and "--index-url https://example.org/cpu torch" in from_index
    assert "example.org" not in rest and ".[torch]" in rest


@needs_make
def test_uv_makes_the_environment_and_installs_where_pip_would(checkout):
    for name in [".installed-lab", ".installed-torch"]:
        (checkout / ".venv" / name).unlink()
    uv = checkout / "uv"
    uv.write_text('#!/bin/sh\necho "uv $@" >> "$(dirname "$0")/calls"\n')
    uv.chmod(0o755)
    (checkout / ".venv" / "bin" / "pip").unlink()
    assert make(checkout, "lab", f"UV=./{uv.name}", "PYTHON=python3", FAIL_ON="-m pip").returncode == 0
    install = "uv pip install --python .venv/bin/python --quiet -c constraints.txt -e "
    venv = "uv venv --quiet --seed --allow-existing --python python3 .venv"
    assert calls(checkout)[:3] == [venv, install + ".[lab]", install + ".[torch]"]


@needs_make
def test_jupyter_is_allowed_to_run_as_root_only_for_root(checkout):
    make(checkout, "lab", "LAB_ARGS=--no-browser", FAIL_ON="nothing")
    (call,) = calls(checkout)
    assert call.startswith("-m jupyterlab") and "--no-browser" in call
    assert ("--allow-root" in call) == (os.getuid() == 0)
