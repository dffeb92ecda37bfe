"""Each lesson in a real browser: JupyterLab, run all cells, move a control, and look whether the picture changes.

Run by `make test-browser`; needs Chromium (CHROMIUM says where, /usr/bin/chromium by default) and playwright.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PATIENCE = 600  # seconds for a lesson: what hangs is stopped


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """JupyterLab on a copy of the lessons; yields its address."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        f"--port={port}",
        "--no-browser",
        "--ServerApp.token=",
        "--ServerApp.password=",
        "--expose-app-in-browser",
    ]
    options += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    # Windowing takes cells that are out of sight out of the page; here everything must be there to be looked at.
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"windowingMode": "none"}')
    environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    environment["JUPYTERLAB_SETTINGS_DIR"] = str(folder / "settings")
    with (folder / "lab.log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options, str(folder / "notebooks")]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: is_open(port), 60, f"JupyterLab does not start, see {log.name}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(condition, seconds, message):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, message
        time.sleep(0.3)


def pictures(page):
    return page.eval_on_selector_all(".widget-image", "images => images.map(image => image.src)")


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_in_the_browser(path, server, chromium):
    page = chromium.new_page(viewport={"width": 1280, "height": 1400})
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.goto(f"{server}/lab/workspaces/{path.stem}/tree/{path.name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    time.sleep(3)  # the kernel starts
    page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    assert page.locator(".jp-OutputArea-output").count() == 0
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    time.sleep(3)

    code_cells = page.locator(".jp-CodeCell").count()

    def is_done():
        prompts = page.eval_on_selector_all(".jp-InputPrompt", "all => all.map(prompt => prompt.textContent)")
        return sum(bool(re.fullmatch(r"\[\d+\]:", prompt)) for prompt in prompts) == code_cells

    wait_until(is_done, PATIENCE, "not all cells have run")
    assert page.locator(".jp-RenderedText[data-mime-type*=stderr], .jp-RenderedText .ansi-red-fg").count() == 0
    assert page.locator(".jp-RenderedImage img").count() >= 1

    before = pictures(page)
    assert before, "no interactive picture"
    control = page.locator(
        ".widget-slider .noUi-handle, .widget-toggle-buttons button:not(.mod-active), .widget-dropdown select"
    ).first
    control.scroll_into_view_if_needed()
    if control.evaluate("control => control.tagName") == "SELECT":
        chosen = control.evaluate("control => control.selectedIndex")
        control.select_option(index=0 if chosen else 1)
    elif "noUi-handle" in (control.get_attribute("class") or ""):
        control.focus()
        page.keyboard.press("ArrowLeft")
    else:
        control.click()
    wait_until(lambda: pictures(page) != before, 30, "the control moved and the picture did not change")
    assert errors == []
    page.close()
