"""The text of the language models: entries of the Jargon File, one a line."""

import gzip

import numpy as np
import pytest

from nastutor.arrays import read_data
from nastutor.studies import jargon

DOCUMENT = """   The Jargon File

   B

   bar

   baz

   :bar: /bar/, n.

   1. The second {metasyntactic variable}, after {foo}.
      “If we have FOO and BAR.”

   C

   crash

   :crash!:

   [common] A sudden failure — of a system.

   Appendix A
"""


def test_each_entry_becomes_a_line_without_the_lists_between():
    assert jargon.entries(DOCUMENT) == [
        ':bar: /bar/, n. 0. the second metasyntactic variable, after foo. "if we have foo and bar."',
        ":crash!:",
    ]


def test_what_ships_is_in_its_alphabet_and_reads_as_text():
    stored = read_data("jargon.npz", "data")
    alphabet = str(stored["alphabet"])
    text = "".join(alphabet[code] for code in stored["codes"])
    assert alphabet == jargon.ALPHABET and len(text) == stored["sizes"].sum() == sum(jargon.SIZES)
    assert set(text) == set(alphabet)
    lines = text.split("\n")[1:-1]
    assert len(lines) > 500 and all(line.startswith(":") and "  " not in line for line in lines)
    assert lines != sorted(lines), "entries are shuffled, so that the splits are alike"


def test_the_command_converts_and_says_what_is_no_jargon_file(tmp_path, capsys):
    source, target = tmp_path / "jargon.txt.gz", tmp_path / "made.npz"
    for content, told in ((b"plain", "Not a gzipped file"), (gzip.compress(b"nothing"), "no entry such as"),
                          (gzip.compress(DOCUMENT.encode()), "480,000 are needed")):  # fmt: skip
        source.write_bytes(content)
        with pytest.raises(SystemExit):
            jargon.main([str(source), str(target)])
        assert told in capsys.readouterr().err and not target.exists()
    source.write_bytes(gzip.compress((DOCUMENT + "\n   :x: y" * 90_000).encode()))
    jargon.main([str(source), str(target)])
    with np.load(target) as made:
        assert len(made["codes"]) == sum(jargon.SIZES)
