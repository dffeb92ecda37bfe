"""The commands of ``python -m nastutor``: doctor, copy DIR, run MODEL.onnx IMAGES.npy, audit LOG…, ledger, grade."""

from __future__ import annotations

import argparse
import io
import os
import shutil
import sys
from pathlib import Path

import numpy as np

from nastutor.arrays import replacing
from nastutor.lessons.doctor import examine
from nastutor.loop import read_log
from nastutor.resources import notebooks_path
from nastutor.statistics.audit import audit, card


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return 0 if all is well, 1 if not."""
    for stream in (sys.stdout, sys.stderr):  # some names, and on Windows some letters, cannot be written to them
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="python -m nastutor", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("doctor", help="say what is installed, what is missing, and how to get it")
    copy = commands.add_parser("copy", help="put the lessons into a folder of your own, to work on")
    copy.add_argument("folder", type=Path, metavar="DIR")
    run = commands.add_parser("run", help="classify images by an ONNX file; needs onnxruntime, no torch")
    run.add_argument("model", type=Path, metavar="MODEL.onnx")
    run.add_argument("images", type=Path, metavar="IMAGES.npy", help="an array (n, channels, height, width)")
    run.add_argument("--scores", type=Path, metavar="SCORES.npy", help="write the scores of all classes here")
    checklist = commands.add_parser("audit", help="go through a reviewer's checklist with the logs of a comparison")
    checklist.add_argument("logs", type=Path, nargs="+", metavar="LOG", help="of each run of each method")
    ledger = commands.add_parser("ledger", help="list the claims that the lessons test, and where they hold")
    ledger.add_argument("claim", nargs="?", help="show this one, with its numbers on each table")
    grade = commands.add_parser("grade", help="grade a class: DIR/STUDENT/LESSON.ipynb (docs/course/assignments.md)")
    grade.add_argument("folder", type=Path, metavar="DIR")
    grade.add_argument("--course", required=True, help="the name that the assignments were written with")
    grade.add_argument("--lesson", action="append", default=[], help="this one alone; may be given again")
    grade.add_argument(
        "--output", type=Path, default=Path("grades.csv"), metavar="FILE.csv", help="default: %(default)s"
    )
    grade.add_argument("--seconds", type=float, default=60, help="of processor time for a cell; default: %(default)g")
    grade.add_argument("--gigabytes", type=float, default=4, help="of memory for a student; default: %(default)g")
    options = parser.parse_args(arguments)
    if options.command == "doctor":
        report, is_well = examine()
        print(report)
        return 0 if is_well else 1
    if options.command == "run":
        return run_model(options.model, options.images, options.scores)
    if options.command == "audit":
        return audit_logs(options.logs)
    if options.command == "ledger":
        return show_ledger(options.claim)
    if options.command == "grade":
        from nastutor.course.command import grade_class

        memory = int(options.gigabytes * 2**30)
        return grade_class(options.folder, options.course, options.lesson, options.output, options.seconds, memory)
    return copy_lessons(options.folder)


def copy_lessons(folder: Path) -> int:
    """Copy the lessons, the glossary and the pictures; what is there already, be it a broken link, is left alone."""
    source = notebooks_path()
    files = [path.relative_to(source) for path in sorted(source.rglob("*")) if path.suffix in (".ipynb", ".md", ".png")]
    files = [name for name in files if ".ipynb_checkpoints" not in name.parts]
    kept = [name for name in files if os.path.lexists(folder / name)]
    try:
        for name in files:
            if name not in kept:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, folder / name)
    except (FileExistsError, NotADirectoryError) as error:
        print(f"{error.filename} is in the way, since it is no folder: name another, or move it", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"cannot copy to {folder}: {error}", file=sys.stderr)
        return 1
    print(f'copied {len(files) - len(kept)} files to {folder}; open them with: python -m jupyterlab "{folder}"')
    if kept:
        print(f"left alone, since they are there already: {', '.join(map(str, kept))}")
    return 0


def run_model(model: Path, images: Path, scores: Path | None) -> int:
    """Print the class of each image, a line each: the one with the largest score."""
    from nastutor.deploy.runtime import Model

    try:
        found = Model(model)(_read_images(images))
        if scores is not None:
            with replacing(scores) as file:
                np.save(file, found)
    except FileNotFoundError as error:
        print(f"there is no file {error.filename}", file=sys.stderr)
        return 1
    except (OSError, ValueError, ImportError) as error:
        print(error, file=sys.stderr)
        return 1
    print(*found.argmax(axis=1), sep="\n")
    return 0


def audit_logs(paths: list[Path]) -> int:
    """Print the checklist; return 1 if something in it fails."""
    try:
        checks = audit([read_log(path) for path in paths])
    except FileNotFoundError as error:
        print(f"there is no file {error.filename}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(card(checks))
    return int(any(check.verdict == "fail" for check in checks))


def show_ledger(claim: str | None) -> int:
    """Print all claims with a count of their verdicts, or one with its numbers; `make ledger` computes them again."""
    from nastutor.studies.verdicts import OUT_OF_REACH, load_verdicts, over, summary

    rows = load_verdicts()
    known = list(dict.fromkeys(row.claim for row in rows))
    if claim is None:
        print(*(summary([row for row in rows if row.claim == name]) for name in known), sep="\n")
        return 0
    if claim not in known:
        print(f"there is no claim {claim!r}: choose one of {', '.join(known)}", file=sys.stderr)
        return 1
    chosen = [row for row in rows if row.claim == claim]
    first = chosen[0]
    why = "not asked here" if first.verdict == OUT_OF_REACH else "interval over"
    print(f"{first.text}\n{first.paper}; lesson {first.lesson}; {why}: {over(chosen)}")
    for row in chosen:
        print(f"  {row.verdict:14s}  {row.table:30s} {row.number}")
    return 0


def _read_images(path: Path) -> np.ndarray:
    content = io.BytesIO(path.read_bytes())
    try:
        return np.lib.format.read_array(content, allow_pickle=False)
    except Exception:  # what is no array fails in many ways
        raise ValueError(f"{path} holds no array: write one with numpy.save, numbers only") from None


if __name__ == "__main__":
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # who reads it, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)
