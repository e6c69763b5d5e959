"""The door that every command goes through: quiet libraries, one line an error, and an exit code."""

from __future__ import annotations

import errno
import logging
import os
import sys
import traceback
from pathlib import Path

import click

QUIET = {
    "ZENML_ANALYTICS_OPT_IN": "false",
    "ZENML_AUTO_OPEN_DASHBOARD": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "5",  # a server that is started again is waited for, a minute and not five
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "ZENML_CUSTOM_SOURCE_ROOT": str(Path(__file__).resolve().parents[1]),  # not the folder of ZenML's own main module
}
"""What is set in the environment unless the user has set it; libraries read it when they are imported."""


_INTERRUPTIONS = {"KeyboardInterrupt", "RunInterruptedException"}
"""The second is ZenML's, which comes instead where a shell has made the signal one to ignore."""


class Door(click.Group):
    """Turns the errors a person can act on into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; 1 where the work failed, 2 where the call was wrong, 130 where it was interrupted."""
        from tagstack.ending import end_at_once
        from tagstack.errors import TagstackError

        end_at_once()
        _be_quiet(debug=bool(ctx.params.get("debug")))
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except (TagstackError, OSError) as error:
            if ctx.params.get("debug"):
                traceback.print_exc()
            click.echo(f"Error: {' '.join(str(error).split())}{_advice(error)}", err=True)
            ctx.exit(getattr(error, "exit_code", 1))
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - whatever it is, a person gets one line
            if ctx.params.get("debug"):
                traceback.print_exc()
            if _is_interrupted(error):
                click.echo("Interrupted. What is finished is kept; the same command goes on from there.", err=True)
                ctx.exit(130)
            click.echo(f"Error: {_explained(error)}", err=True)
            ctx.exit(1)


def _is_interrupted(error: BaseException | None) -> bool:
    """Say whether it began with Ctrl-C; what a library tidies up after one may fail in a way of its own."""
    while error is not None and type(error).__name__ not in _INTERRUPTIONS:
        error = error.__cause__ or error.__context__
    return error is not None


def _advice(error: Exception) -> str:
    """Say what to do about a full disk, which the machine's own words do not."""
    if getattr(error, "errno", None) != errno.ENOSPC:
        return ""
    return (
        "; free some, or let TMPDIR name a folder with more for temporary files. What is finished is kept: the same "
        "command goes on from there."
    )


def _explained(error: BaseException) -> str:
    """Say which server did not answer, or else what the library says."""
    from tagstack.privacy import error_line

    reason = error_line(error)
    if "zenml" in sys.modules:  # no command that asks a stack's servers gets here without it
        from stacks.outages import explain

        if told := explain(reason):
            return told
    return f"{reason[:300].rstrip(' .:')}; run again with --debug to see where it comes from."


def _be_quiet(*, debug: bool) -> None:
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ["ZENML_LOGGING_VERBOSITY"] = "INFO" if debug else "CRITICAL"
    if not debug:
        # Each time that it asks again; not of "urllib3", whose level ZenML sets when it is imported.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    for name in ("tagstack", "stacks", "steps"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG if debug else logging.INFO)
        logger.handlers = [handler]
        logger.propagate = False
