"""What the commands of `run.py` do; each module is imported only when its command is called."""
