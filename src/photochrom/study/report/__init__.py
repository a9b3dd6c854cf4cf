"""How a study is shown: page, tables, plots, files."""
