"""The stages of the pipelines: a thin ZenML step each, over one function of `tagstack`."""
