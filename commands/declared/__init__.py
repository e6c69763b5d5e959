"""The commands as click knows them: names, options and help. What they do is imported when one of them is called."""

from commands.declared.answers import serve, suggest
from commands.declared.data import import_dump, sample
from commands.declared.stacks import stacks
from commands.declared.surroundings import dashboard, show_settings
from commands.declared.versions import doctor, models, rollback
from commands.declared.watching import backtest, monitor, schedule

COMMANDS = (
    suggest,
    serve,
    models,
    rollback,
    doctor,
    monitor,
    schedule,
    backtest,
    stacks,
    show_settings,
    dashboard,
    sample,
    import_dump,
)
"""All but the pipelines, which `run.py` starts itself."""
