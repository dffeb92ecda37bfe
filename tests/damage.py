"""Damaged copies of a file, as discs, interrupted downloads and editors make them."""

import numpy as np

PAGE = b"<!DOCTYPE html><title>404</title>"
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 407866\n"


def damaged_copies(content, count, seed=0):
    """Yield so many copies: another file's text, then random ones with flipped bits, cut off, zeroed, with a gap.

    Half of the flips are in the last 1,500 bytes, where an archive keeps its directory.
    """
    yield from [b"", PAGE, POINTER][:count]
    rng = np.random.default_rng(seed)
    for number in range(count - 3):
        data = bytearray(content)
        place = int(rng.integers(len(data)))
        kind = number % 6
        if kind == 1:
            place = int(rng.integers(max(0, len(data) - 1500), len(data)))
        if kind < 3:
            data[place] ^= 1 << int(rng.integers(8))
        elif kind == 3:
            del data[place:]
        elif kind == 4:
            data[place : place + 1000] = bytes(len(data[place : place + 1000]))
        else:
            del data[place : place + int(rng.integers(1, 50))]
        yield bytes(data)


def put(path, content):
    """Write a new file in the place of an old one: some file systems wait for the disc when one is overwritten."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)
