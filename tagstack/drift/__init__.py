"""Drift: noticing that questions, tags or their relation changed, naming the change and deciding what to do."""
