"""Static reports: self-contained HTML pages with inline SVG, no scripts and no requests."""
