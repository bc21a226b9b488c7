"""`ciam doctor`: what is wrong with this installation, and how to mend it."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Final

import typer

from ciam.cli.opening import read_settings

_SIGNS: Final = {"good": "ok  ", "warning": "note", "problem": "WRONG"}


def doctor(
    *, as_json: Annotated[bool, typer.Option("--json", help="Say it as JSON.")] = False
) -> None:
    """Say what is wrong and how to mend it, changing nothing; exit 1 when something is."""
    from ciam.administration.diagnosis import Level, diagnose

    findings = asyncio.run(diagnose(read_settings()))
    problems = [finding for finding in findings if finding.level is Level.PROBLEM]
    if as_json:
        facts = [asdict(finding) for finding in findings]
        print(json.dumps({"good": not problems, "findings": facts}, ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{_SIGNS[finding.level]:5} {finding.check}: {finding.said}")
            if finding.mend:
                print(f"      -> {finding.mend}")
        print(f"{len(problems)} problems." if problems else "Nothing is wrong.")
    raise typer.Exit(1 if problems else 0)
