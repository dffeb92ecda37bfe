"""Says what the installation has and lacks: ``python -m nastutor doctor``."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version

import nastutor
from nastutor.resources import notebooks_path

_NEEDED = ("numpy", "scipy", "matplotlib", "networkx", "pandas", "ipywidgets", "tqdm")
_OPTIONAL = {
    "jupyterlab": ("to open the lessons on this machine", "pip install jupyterlab"),
    "torch": ("for the lessons that train networks, from 04 on", "pip install torch"),
}
_ENOUGH_MEMORY_GB = 1.0


def examine() -> tuple[str, bool]:
    """Return a report, and whether the lessons that need no torch can run."""
    lines = [f"nastutor {nastutor.__version__}, Python {platform.python_version()}, {platform.platform()}"]
    problems = []
    for name in _NEEDED:
        found = _version(name)
        lines.append(f"  {name:12s} {found or 'MISSING'}")
        if found is None:
            problems.append(f"{name} is missing: pip install {name}")
    for name, (use, command) in _OPTIONAL.items():
        found = _version(name)
        lines.append(f"  {name:12s} {found or f'not installed; needed {use}: {command}'}")
    memory = _memory_gb()
    lines.append(
        f"  {'memory':12s} {'unknown' if memory is None else f'{memory:.1f} GB free'}; a lesson needs up to 0.7"
    )
    if memory is not None and memory < _ENOUGH_MEMORY_GB:
        problems.append(f"little free memory ({memory:.1f} GB): close other programs before a lesson")
    threads = os.environ.get("OMP_NUM_THREADS", "not set, so libraries take all")
    lines.append(f"  {'processors':12s} {os.cpu_count()}; OMP_NUM_THREADS {threads}")
    for name, check in {"data": _check_data, "lessons": _check_lessons}.items():
        try:
            lines.append(f"  {name:12s} {check()}")
        except Exception as error:  # whatever is wrong with the installation is what this command is to say
            lines.append(f"  {name:12s} BROKEN")
            problems.append(f"{name}: {error}")
    verdict = ["all is well" if not problems else "to mend:", *(f"  - {problem}" for problem in problems)]
    return "\n".join(lines + verdict), not problems


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _memory_gb() -> float | None:
    """Return the memory that programs can still get, where the system says so without another library."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            fields = dict(line.split(":") for line in file)
        return int(fields["MemAvailable"].split()[0]) / 2**20
    except (OSError, KeyError, ValueError):
        return None


def _check_data() -> str:
    return repr(nastutor.load_benchmark("nasbench201"))


def _check_lessons() -> str:
    return f"{len(list(notebooks_path().glob('*.ipynb')))} in {notebooks_path()}"
