"""Charts: draws numbers as SVG, without any library for drawings.

In: numbers, axes, a title and a description. Out: a complete `<svg>` element with colours by class (`series-1`, ...),
so that a style sheet makes it light or dark. No drawing tells things apart by colour alone: lines have dashes and
labels, bars have textures, and every cell of a heat map has its number.

- chart: values that all charts take: axis and series
- line_chart: lines of several series
- bar_chart: horizontal bars, alone or stacked
- heat_map: matrix with the number in every cell
- plot_area: grid, ticks and titles around lines
- legend: names of series above a chart
- marks: dashes, textures and colours of series
- scale: linear and logarithmic scales with round ticks
- text: estimates the width of text, and moves labels apart
- element: SVG elements as text that is safe in HTML
- standalone: SVG files with colours of their own
"""
