"""How an evaluation is shown: page, tables, charts, files."""
