"""Reports: self-contained pages with sliders, contact sheets and tables."""
