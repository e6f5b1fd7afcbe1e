"""`charts/small_multiples.py`: charts stand three in a row and have common axes."""

from support.drawings import SVG, paths, place_of, places, read, size, texts

from tokstats_parallel.report.charts.chart import Axis, Panel, Series
from tokstats_parallel.report.charts.small_multiples import small_multiples


def drawn(number: int, names: tuple[str, ...] = ("python", "go")) -> str:
    panels = [
        Panel(f"noise {index}", [Series(name, [(0, 0), (10, index + 1)]) for name in names]) for index in range(number)
    ]
    return small_multiples(panels, x=Axis("rank"), y=Axis("share"), title="Noise", description="By noise.")


def test_equal_numbers_have_equal_heights_in_every_chart() -> None:
    root = read(drawn(3))
    lines = [list(places(path.attrib["d"])) for path in paths(root, "series-1") if path.get("stroke-width") is None]
    rises = [line[0][1] - line[1][1] for line in lines]
    assert [round(rise / rises[0], 1) for rise in rises] == [1, 2, 3]


def test_three_stand_in_a_row() -> None:
    root = read(drawn(4))
    tops = [place_of(root, f"noise {index}") for index in range(4)]
    assert tops[0][1] == tops[1][1] == tops[2][1] < tops[3][1]
    assert tops[0][0] == tops[3][0] < tops[1][0] < tops[2][0]


def test_names_of_series_stand_once() -> None:
    assert texts(read(drawn(5))).count("python") == 1
    assert "python" not in texts(read(drawn(5, ("python",))))


def test_nothing_is_drawn_outside() -> None:
    for number in (0, 1, 7):
        root = read(drawn(number))
        width, height = size(root)
        for path in root.iter(f"{SVG}path"):
            assert all(0 <= x <= width and 0 <= y <= height for x, y in places(path.attrib["d"]))
