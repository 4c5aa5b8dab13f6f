"""The picture of a broadcast is of the same figures as its table."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hub.post.broadcast_picture import BAR, HIGH, MOST_POINTS, WIDE, End, draw_line, lay_out_bar, list_points

BEGAN = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
MOMENTS = st.lists(
    st.tuples(st.integers(0, 86400).map(lambda s: BEGAN + timedelta(seconds=s)), st.sampled_from(list(End)))
)


@given(MOMENTS)
def test_the_last_point_has_every_end_that_is_known_and_none_goes_back(moments: list[tuple[datetime, End]]) -> None:
    points = list_points(BEGAN, moments)

    counted = Counter(end for _, end in moments)
    assert (points[-1].reached, points[-1].failed) == (counted[End.REACHED], counted[End.FAILED])
    assert len(points) <= MOST_POINTS + 1
    for before, after in pairwise(points):
        assert before.at <= after.at
        assert before.reached <= after.reached
        assert before.failed <= after.failed


@given(MOMENTS)
def test_a_line_stays_in_its_field(moments: list[tuple[datetime, End]]) -> None:
    points = list_points(BEGAN, moments)
    drawn = draw_line(points, [point.reached for point in points], max(len(moments), 1))

    for each in drawn.split():
        x, y = map(float, each.split(","))
        assert 0 <= x <= WIDE
        assert 0 <= y <= HIGH


@given(st.dictionaries(st.sampled_from(list(End)), st.integers(0, 500)))
def test_the_pieces_of_a_bar_lie_side_by_side_and_are_as_long_as_their_figures(ends: dict[End, int]) -> None:
    total = sum(ends.values())

    pieces = lay_out_bar(ends, total)

    assert {piece.end: piece.n for piece in pieces} == {end: n for end, n in ends.items() if n}
    assert sum(piece.length for piece in pieces) <= BAR + 1
    for before, after in pairwise(pieces):
        assert abs(before.begins + before.length - after.begins) < 0.1
