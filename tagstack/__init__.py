"""Tagstack's domain library: plain functions and frozen types, without ZenML and MLflow."""

__version__ = "0.1.0"
