"""How an audit is shown: ranking, heat maps, page, files."""
