"""J and F against shapes whose answer can be worked out by hand."""

from __future__ import annotations

import davis_measure
import numpy as np
import pytest


def square(top, left, size, shape=(100, 100)):
    mask = np.zeros(shape, bool)
    mask[top : top + size, left : left + size] = True
    return mask


def test_same_mask_is_perfect():
    mask = square(20, 30, 40)
    assert davis_measure.measure(mask, mask) == davis_measure.Quality(1.0, 1.0)


def test_region_of_half_overlapping_squares():
    # 40x40 squares shifted by 20: 800 in both, 2400 in either.
    assert davis_measure.region(square(20, 10, 40), square(20, 30, 40)) == pytest.approx(800 / 2400)


def test_region_of_nothing():
    nothing = np.zeros((50, 50), bool)
    assert davis_measure.region(nothing, nothing) == 1
    assert davis_measure.region(square(0, 0, 5, (50, 50)), nothing) == 0


def test_boundary_of_a_square_is_its_outline():
    outline = davis_measure.boundary(square(4, 4, 3, (10, 10)))
    # The pixels above and left of an edge are the contour: a ring of (3 + 1) x 4 - corners counted once.
    assert np.count_nonzero(outline) == 12
    assert outline[3:7, 3:7].sum() == 12


def test_boundary_leaves_out_the_picture_edge():
    mask = np.zeros((20, 20), bool)
    mask[:, :10] = True
    outline = davis_measure.boundary(mask)
    assert np.count_nonzero(outline) == 20
    assert outline[:, 9].all()


def test_contour_forgives_up_to_the_bound():
    # 100 x 100: the bound is ceil(0.008 * 141.4) = 2 pixels.
    truth = square(20, 20, 40)
    assert davis_measure.contour(square(21, 21, 40), truth) == 1
    assert davis_measure.contour(square(20, 22, 40), truth) == 1
    assert davis_measure.contour(square(20, 23, 40), truth) < 1


def test_contour_counts_precision_and_recall():
    # Two far squares wanted, one found: precision 1, recall one half, F two thirds.
    one = square(10, 10, 20)
    two = one | square(60, 60, 20)
    assert davis_measure.contour(one, two) == pytest.approx(2 / 3)
    assert davis_measure.contour(two, one) == pytest.approx(2 / 3)


def test_contour_of_nothing():
    nothing = np.zeros((50, 50), bool)
    assert davis_measure.contour(nothing, nothing) == 1
    assert davis_measure.contour(nothing, square(10, 10, 20, (50, 50))) == 0
    assert davis_measure.contour(square(10, 10, 20, (50, 50)), nothing) == 0


def test_mean_and_its_jf():
    quality = davis_measure.mean([davis_measure.Quality(0.5, 1.0), davis_measure.Quality(1.0, 0.8)])
    assert (quality.j, quality.f, quality.jf) == pytest.approx((0.75, 0.9, 0.825))
    with pytest.raises(ValueError, match="three"):
        davis_measure.mean([])


def test_first_click_is_the_middle_of_the_object():
    truth = square(20, 30, 21)
    assert davis_measure.next_click(np.zeros_like(truth), truth) == (40.5, 30.5, True)


def test_click_on_the_larger_error():
    truth = square(10, 10, 30)
    spill = square(60, 60, 35)
    x, y, positive = davis_measure.next_click(spill, truth | square(61, 61, 33))
    assert positive
    assert 24 < x < 26 and 24 < y < 26
    x, y, positive = davis_measure.next_click(truth | spill, truth)
    assert not positive and 60 < x < 95 and 60 < y < 95


def test_no_click_when_right():
    truth = square(10, 10, 30)
    assert davis_measure.next_click(truth, truth) is None


def test_click_beside_the_picture_edge_is_inside_the_region():
    truth = np.ones((40, 60), bool)
    x, y, positive = davis_measure.next_click(np.zeros_like(truth), truth)
    assert positive and 19 < y < 21 and 19 < x < 41
