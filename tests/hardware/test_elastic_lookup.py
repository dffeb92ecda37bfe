"""A lookup table of blocks adds up to the network, exactly, where what is added up is additive."""

import numpy as np
import pytest

from nastutor.hardware.elastic_lookup import Piece, add_up, all_pieces, build_piece, pieces_of
from nastutor.spaces import ElasticSpace

SPACE = ElasticSpace.small()


def test_the_pieces_of_the_largest_follow_on_each_other():
    assert pieces_of(SPACE, SPACE.largest) == [
        Piece(1, 8, 12, 5), Piece(12, 8, 12, 5), Piece(12, 8, 12, 5),
        Piece(12, 8, 24, 5, 2), Piece(24, 4, 24, 5), Piece(24, 4, 24, 5),
    ]  # fmt: skip
    assert Piece(12, 7, 24, 5, 2).head == Piece(24, 4)


def test_every_form_of_a_block_is_there_once():
    # Stage 1: 3 widths × 2 kernels, as first block and later; stage 2: 3 · 3 · 2 first blocks, 3 · 2 later; 6 heads.
    pieces = all_pieces(SPACE)
    assert len(pieces) == len(set(pieces)) == 6 + 6 + 18 + 6 + 6


def test_multiply_accumulates_add_up_to_those_of_the_network():
    pytest.importorskip("torch")
    from nastutor.hardware.layer_costs import layer_costs
    from nastutor.studies.once_for_all import load_once_for_all, sample_of

    study = load_once_for_all()
    macs = {
        piece: layer_costs(build_piece(piece), (1, piece.channels, piece.size, piece.size)).macs
        for piece in all_pieces(SPACE)
    }
    added = [add_up(SPACE, genotype, macs) for genotype in sample_of(SPACE)]
    assert np.array_equal(added, [study.evaluate(genotype)["macs"] for genotype in sample_of(SPACE)])


def test_what_is_no_architecture_is_refused():
    with pytest.raises(ValueError, match="stage_1_depth"):
        pieces_of(SPACE, (9,) * 10)
