"""Says what the installation has and lacks: ``python -m nastutor doctor``."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from nastutor.arrays import read_arrays
from nastutor.benchmarks import load_benchmark
from nastutor.resources import data_path, notebooks_path

DATA_FILES = (
    "collapse_study.npz", "depth_study.npz", "digits.npz", "digits_table.npz", "fcnet.npz", "glyphs.npz",
    "glyphs_table.npz", "jargon.npz", "latencies.npz", "more_studies.npz", "nasbench201.npz", "nasbench_graph.npz",
    "once_for_all.npz", "once_for_all_latencies.npz", "once_for_all_variants.npz", "oneshot_study.npz",
    "proxyless.npz", "recipes.npz", "runtimes.npz", "sequence_latencies.npz", "sequence_sharing.npz",
    "sequence_studies.npz", "sequences_table.npz", "studies.npz", "zero_cost.npz",
)  # fmt: skip
_ENOUGH_MEMORY_GB = 1.0


def examine() -> tuple[str, bool]:
    """Return a report, and whether all lessons can run."""
    here = _version("nastutor") or "(not installed)"
    lines = [f"nastutor {here}, Python {platform.python_version()}, {platform.platform()}"]
    problems: list[str] = []
    checks: dict[str, Callable[[list[str]], str]] = {
        "packages": _check_packages,
        "memory": _check_memory,
        "processors": _check_processors,
        "data": _check_data,
        "lessons": _check_lessons,
        "imports": _check_imports,
        "kernel": _check_kernel,
    }
    for name, check in checks.items():
        try:
            lines.append(f"  {name:12s} {check(problems)}")
        except Exception as error:  # whatever is wrong with the installation is what this command is to say
            lines.append(f"  {name:12s} BROKEN")
            problems.append(f"{name}: {error}")
    verdict = ["all is well" if not problems else "to mend:", *(f"  - {problem}" for problem in problems)]
    return "\n".join(lines + verdict), not problems


def lessons_with_torch() -> list[str]:
    """Return the numbers of the lessons that need torch, as their first cells say."""
    found = []
    for path in sorted(notebooks_path().glob("*.ipynb")):
        first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
        if "| **Needs torch** | yes |" in first:
            found.append(path.name.split("_")[0])
    return found


def _check_packages(problems: list[str]) -> str:
    """Compare what is installed with the lower bounds that nastutor was installed with."""
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(text) for text in requires("nastutor") or []]
    except PackageNotFoundError:
        problems.append("nastutor is not installed in this Python: in the checkout, `python -m pip install -e .`")
        return "unknown"
    found: dict[str, str] = {}
    for requirement in wanted:
        marker, name, bound = requirement.marker, requirement.name, requirement.specifier
        is_needed = marker is None or marker.evaluate({"extra": "torch"})
        if name in found or not (is_needed or name == "jupyterlab"):
            continue
        installed = _version(name)
        use = f" for lessons {', '.join(lessons_with_torch())}" if name == "torch" else ""
        if installed is None and is_needed:
            problems.append(f"{name} is missing{use}: pip install {name}")
        elif installed is not None and not bound.contains(installed, prereleases=True):
            problems.append(f'{name} {installed} is too old{use}: pip install "{name}{bound}"')
        missing = "MISSING" if is_needed else "not installed; to open lessons on this machine: pip install jupyterlab"
        found[name] = installed or missing
    return ", ".join(f"{name} {state}" for name, state in found.items())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _check_memory(problems: list[str]) -> str:
    free = _memory_gb()
    if free is not None and free < _ENOUGH_MEMORY_GB:
        problems.append(f"little free memory ({free:.1f} GB): close other programs before a lesson")
    return f"{'unknown' if free is None else f'{free:.1f} GB free'}; a lesson needs up to 0.7"


def _memory_gb() -> float | None:
    """Return the memory that programs can still get, where the system says so without another library."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            fields = dict(line.split(":") for line in file)
        return int(fields["MemAvailable"].split()[0]) / 2**20
    except (OSError, KeyError, ValueError):
        return None


def _check_processors(problems: list[str]) -> str:
    return f"{os.cpu_count()}; OMP_NUM_THREADS {os.environ.get('OMP_NUM_THREADS', 'not set, so libraries take all')}"


def _check_data(problems: list[str]) -> str:
    whole = 0
    for name in DATA_FILES:
        try:
            read_arrays(data_path(name), "restore it with `git checkout data`, or install nastutor again")
            whole += 1
        except (OSError, ValueError) as error:
            problems.append(f"data: {error}")
    return f"{whole} of {len(DATA_FILES)} files are whole; {load_benchmark('nasbench201')!r}"


def _check_lessons(problems: list[str]) -> str:
    return f"{len(list(notebooks_path().glob('*.ipynb')))} in {notebooks_path()}"


def _check_imports(problems: list[str]) -> str:
    """Import nastutor as a lesson does: not from the folder in which this command was given."""
    code = "import nastutor; print(nastutor.search, nastutor.__file__, sep='\\n')"
    command = [sys.executable, "-X", "utf8", "-c", code]  # any path can be printed, on Windows as well
    done = subprocess.run(command, cwd=notebooks_path(), capture_output=True, text=True, encoding="utf-8")
    place = done.stdout.strip().split("\n")[-1] if done.returncode == 0 else "none that works"
    this = Path(__file__).parents[1] / "__init__.py"
    if done.returncode or not os.path.samefile(place, this):
        problems.append(
            f"lessons do not find this nastutor ({this}), but {place}. Was the checkout moved or copied? "
            "Install it where it is: `make lab`, or `python -m pip install -e .`; if need be, delete .venv before"
        )
    return place


def _check_kernel(problems: list[str]) -> str:
    """Say in which Python JupyterLab runs a lesson."""
    if _version("jupyter_client") is None:
        return "no Jupyter in this Python"
    from jupyter_client.kernelspec import KernelSpecManager

    program = KernelSpecManager().get_kernel_spec("python3").argv[0]
    if Path(program).name == program:  # Jupyter puts its own Python in the place of a bare name
        program = sys.executable
    if Path(program).parent != Path(sys.executable).parent:
        problems.append(
            f"lessons run in {program}, which is not this Python, {sys.executable}: "
            "`python -m ipykernel install --sys-prefix`"
        )
    return program
