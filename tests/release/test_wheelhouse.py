"""What `make wheelhouse` collected in build/wheelhouse, installed where no index can be reached.

Run by `make wheelhouse`.
"""

import os
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

pytestmark = pytest.mark.release

ROOT = Path(__file__).parents[2]
WHEELHOUSE = ROOT / "build" / "wheelhouse"
NOWHERE = "http://127.0.0.1:9"
PATIENCE = 600


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A folder of somebody without internet, and the environment variables there."""
    folder = tmp_path_factory.mktemp("room")
    unwanted = ("PYTHONPATH", "VIRTUAL_ENV", "MPLBACKEND")
    variables = {k: v for k, v in os.environ.items() if k not in unwanted and not k.startswith("PIP_")}
    variables |= {"PIP_CONFIG_FILE": os.devnull, "HTTP_PROXY": NOWHERE, "HTTPS_PROXY": NOWHERE, "NO_PROXY": "127.0.0.1"}
    return folder, variables


@pytest.fixture(scope="module")
def installed(room):
    folder, variables = room
    command = [sys.executable, WHEELHOUSE / "install.py"]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_after_the_installation_all_is_well_and_the_lessons_are_there(room, installed):
    has_torch = any((WHEELHOUSE / "wheels").glob("torch-*.whl"))
    problems = [line for line in installed.split("to mend:\n")[-1].splitlines() if line.startswith("  - ")]
    assert ("all is well" in installed) == has_torch
    assert has_torch or (len(problems) == 1 and "torch is missing" in problems[0])
    ours = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    for lessons in (room[0] / "nastutor" / "lessons", WHEELHOUSE / "lessons"):
        assert sorted(path.name for path in lessons.glob("*.ipynb")) == ours


def test_jupyterlab_starts_by_the_command_that_was_printed(room, installed):
    folder, variables = room
    (command,) = [shlex.split(line) for line in installed.splitlines() if "jupyter-lab" in line]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", f"--ServerApp.port={port}", "--IdentityProvider.token="]
    server = subprocess.Popen([*command, *options], cwd=folder, env=variables, stderr=subprocess.DEVNULL)
    try:
        page = b""
        ends = time.monotonic() + PATIENCE
        while not page and server.poll() is None and time.monotonic() < ends:
            time.sleep(1)
            try:
                page = urlopen(f"http://127.0.0.1:{port}/lab").read()
            except OSError:
                continue
        assert b"JupyterLab" in page
    finally:
        server.terminate()
        server.wait()
