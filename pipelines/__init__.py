"""The pipelines: tables of wiring, without logic."""
