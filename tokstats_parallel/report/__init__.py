"""Report: one page about a result, which any browser shows, and the data behind it.

In: one or two results, and existing tokenizers if they are given. Out: one HTML file without any link to elsewhere, and
CSV and SVG files with the numbers and the drawings of its figures.

- contents: the parts of a page, as data
- sections: each section of the page, made from a result
- charts: draws figures as SVG
- make_page: chooses the sections of a page, and makes them
- reported, language_numbers: a result with the numbers that several sections take from it
- of_side: names of the sections of one of two results
- fit: limits the table of tokens by the budget of a page
- words: numbers as sentences write them
- html: writes a page as HTML, with its style and its script
- rows: writes the rows of a table as HTML
- choices: choices by which a reader filters a table
- csv_text: CSV of a table, as a file and as a link
- visible: shows characters that cannot be seen
- palette: the colours, light and dark
- templates: templates of the page and of the short page, style sheets, script
- files: checks the places of a page and of its data, and writes them
- write_report: makes a page and writes it
- short_page: what a page says at first sight, for a notebook
"""
