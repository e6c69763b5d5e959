"""How Tagstack's artifacts are stored in a ZenML artifact store and shown in its dashboard."""
