"""The order of the package's rooms: who may import whom. A drawing of it has no arrow upward and no circle."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import networkx

import nastutor

PACKAGE = Path(nastutor.__file__).parent

# From the ground up: a room imports from itself and from floors below its own; rooms of one floor know nothing of
# each other.
FLOORS = [
    {"arguments", "resources"},
    {"arrays"},
    {"spaces"},
    {"networks", "objectives"},
    {"searchers", "training"},
    {"loop", "primers"},
    {"statistics"},
    {"hardware"},
    {"benchmarks", "oneshot", "deploy"},
    {"studies"},
    {"plots"},
    {"lessons"},
    {"__init__"},
    {"exercises"},
    {"course"},
    {"__main__"},
]
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}


def imports_of(path):
    """Yield the modules of this package that a file imports, wherever in the file, type checking included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "nastutor")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "nastutor":
            assert node.level == 0, f"{path}: imports are absolute here"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if _file(inner) else node.module


def _file(module):
    path = PACKAGE.parent / module.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()), None)


def _room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


FILES = sorted(PACKAGE.rglob("*.py"))


@cache
def arrows():
    """Who imports whom, (file, file)."""
    return [(path, _file(module)) for path in FILES for module in imports_of(path)]


def test_every_room_has_a_floor_and_there_are_few():
    rooms = {_room(path) for path in FILES}
    assert rooms == set(FLOOR), f"rooms and floors differ by {rooms ^ set(FLOOR)}"
    assert len(rooms) <= 22


def test_imports_run_one_way():
    upward = [
        f"{source.relative_to(PACKAGE)} imports {target.relative_to(PACKAGE)}"
        for source, target in arrows()
        if _room(source) != _room(target) and FLOOR[_room(source)] <= FLOOR[_room(target)]
    ]
    assert not upward, upward


def test_no_files_import_each_other_in_a_circle():
    # A package's __init__ hands on the names of its own files: those arrows are no dependence between methods.
    graph = networkx.DiGraph((a, b) for a, b in arrows() if a != b and "__init__.py" not in (a.name, b.name))
    circles = [[str(file.relative_to(PACKAGE)) for file in circle] for circle in networkx.simple_cycles(graph)]
    assert not circles, circles


def test_the_rules_between_methods_and_tables():
    pairs = {(_room(source), _room(target)) for source, target in arrows()}
    assert ("searchers", "benchmarks") not in pairs and ("benchmarks", "searchers") not in pairs


def test_what_is_stored_opens_without_torch():
    loaders = {
        "searches": "load_study('cifar10', 'RandomSearch')",
        "ledger": "CLAIMS[-1].measure('cora')",
        "depth": "load_depth_study()",
        "oneshot": "load_oneshot_study()",
        "collapse": "load_collapse_study()",
        "proxies": "load_proxies('glyphs')",
        "proxyless": "load_proxyless('gdas', 'microcontroller', 0.1)",
        "recipes": "load_recipes('protein', 'jointly')",
        "once_for_all": "load_once_for_all()",
        "once_for_all_latencies": "load_elastic_latencies().milliseconds()",
        "once_for_all_variants": "load_variants('full')",
        "runtimes": "load_runtimes(1).milliseconds",
        "sequence_sharing": "load_sharing('text')",
        "sequence_latencies": "load_sequence_latencies().noise()",
        "latencies": "load_latencies('nasbench201').table.predict([(3,) * 6])",
    }
    lines = [f"from nastutor.studies import {name}; {name}.{call}" for name, call in loaders.items()]
    code = "\n".join(["import sys", "sys.modules['torch'] = None", *lines])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
