"""The command line: one module for each group of commands.

Errors stand on one line. Exit codes: 0 done, 1 refused or failed, 2 wrong use or wrong settings.
"""

import os
import sys

import typer
from pydantic import ValidationError

from ciam.cli import audit, config, customers, keys, operators
from ciam.cli.backup import backup
from ciam.cli.demo.command import demo
from ciam.cli.doctor import doctor
from ciam.cli.migrate import migrate
from ciam.cli.serve import serve
from ciam.cli.worker import worker
from ciam.errors import CiamError, Misconfigured

app = typer.Typer(
    name="ciam",
    help="A customer identity server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(serve)
app.command()(migrate)
app.command()(worker)
app.command()(demo)
app.command()(doctor)
app.command()(backup)
app.add_typer(config.app, name="config")
app.add_typer(customers.app, name="customers")
app.add_typer(operators.app, name="operators")
app.add_typer(keys.app, name="keys")
app.add_typer(audit.app, name="audit")


def main() -> None:
    """Run a command; the console script `ciam`."""
    os.umask(0o077)  # the database, mails and checkpoints are their owner's alone
    try:
        app()
    except Misconfigured as error:
        _fail(error.cause, 2)
    except CiamError as error:
        _fail(error.cause or type(error).__name__, 1)
    except ValidationError as error:
        wrong = [f"CIAM_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors() if e["loc"]]
        _fail("; ".join(wrong) or "the settings are not valid", 2)
    except OSError as error:
        _fail(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "), 1)


def _fail(line: str, code: int) -> None:
    print(f"ciam: {' '.join(line.split())}", file=sys.stderr)
    sys.exit(code)
