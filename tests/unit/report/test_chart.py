import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.report.chart import HEIGHT, WIDTH, Series, draw_chart
from photochrom.report.page import render_page
from photochrom.report.table import Table

POINTS = st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), min_size=1, max_size=9)


@given(POINTS)
def test_everything_lies_inside_the_picture(points: list[tuple[float, float]]) -> None:
    chart = draw_chart([Series("a", points)], title="", x_label="", y_label="", has_marks=True)
    for x, y in chart.series[0].marks:
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT


@given(POINTS)
def test_ticks_are_few_and_embrace_the_points(points: list[tuple[float, float]]) -> None:
    chart = draw_chart([Series("a", points)], title="", x_label="", y_label="")
    values = [float(tick.text) for tick in chart.x_ticks]
    assert 2 <= len(values) <= 12
    lowest, highest = min(x for x, _ in points), max(x for x, _ in points)
    slack = 1e-4 * max(1.0, abs(lowest), abs(highest))
    assert values[0] <= lowest + slack
    assert values[-1] >= highest - slack


def test_larger_is_to_the_right_and_up() -> None:
    points = [(0.0, 0.0), (1.0, 2.0)]
    chart = draw_chart([Series("a", points)], title="", x_label="", y_label="", has_marks=True)
    (x0, y0), (x1, y1) = chart.series[0].marks
    assert (x1 > x0, y1 < y0) == (True, True)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><b>'])
def test_names_are_escaped(name: str) -> None:
    drawn = draw_chart([Series(name, [(0, 0)])], title=name, x_label="", y_label="")
    page = render_page("timing.html", {"title": "t", "times": Table([], []), "drawn": drawn})
    assert name not in page
