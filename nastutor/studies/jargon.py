"""Build `data/jargon.npz`, the text of the language models, from the Jargon File, which is in the public domain.

    python -m nastutor.studies.jargon jargon.txt.gz data/jargon.npz

The source is ``/usr/share/doc/jargon-text/jargon.txt.gz`` of the Debian package jargon-text 4.4.7. Of its lexicon each
entry becomes one line: lower case, every run of white space one space, every digit 0, brackets round, braces and what
else is rare left out. The entries are shuffled, so that the splits are alike.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nastutor.arrays import write_arrays
from nastutor.studies import command

ALPHABET = "\n !\"'(),-./0:;?abcdefghijklmnopqrstuvwxyz"
SIZES = (400_000, 40_000, 40_000)
"""Characters for training, validation and test."""
_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "\xa0": " ", "[": "(", "]": ")"})


def entries(document: str) -> list[str]:
    """Return the entries of the lexicon, each in the alphabet of this file without the line's end.

    Raises
    ------
    ValueError : a text without entries.
    """
    chapters = r"\n +[A-Z0-9]\n.*?(?=\n +:[^\n:]+:)"  # of one letter: a list of its entries
    lexicon = re.sub(chapters, "", document.translate(_PLAIN), flags=re.DOTALL)
    found = re.split(r"\n\s+(?=:[^\n:]+:)", lexicon.lower())[1:]
    if not found:
        raise ValueError("no entry such as ':hacker: n.' in this text: give jargon.txt of the Jargon File")
    found[-1] = found[-1].partition("\n\n")[0]  # after it come the appendices
    lines = (re.sub(r"\s+", " ", re.sub(r"\d", "0", entry)) for entry in found)
    return [re.sub(r" +", " ", "".join(c for c in line if c in ALPHABET)).strip() for line in lines]


def jargon(document: str) -> dict[str, np.ndarray]:
    """Return the arrays of `data/jargon.npz`."""
    lines = entries(document)
    order = np.random.default_rng(0).permutation(len(lines))
    text = "\n".join(lines[i] for i in order)
    if len(text) < sum(SIZES):
        raise ValueError(f"{len(text):,} characters, {sum(SIZES):,} are needed: is this the whole Jargon File?")
    number = {character: code for code, character in enumerate(ALPHABET)}
    codes = np.array([number[character] for character in text[: sum(SIZES)]], np.uint8)
    return {"codes": codes, "sizes": np.array(SIZES), "alphabet": np.array(ALPHABET)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Convert the file that the command line names."""
    parser = command.parser_of("jargon", __doc__)
    parser.add_argument("source", type=command.existing_path, metavar="jargon.txt.gz")
    parser.add_argument("file", type=command.npz_path, metavar="FILE.npz")
    options = parser.parse_args(arguments)
    try:
        arrays = jargon(gzip.decompress(Path(options.source).read_bytes()).decode())
    except (OSError, ValueError) as error:
        parser.error(f"{options.source}: {error}")
    write_arrays(options.file, arrays)


if __name__ == "__main__":
    main()
