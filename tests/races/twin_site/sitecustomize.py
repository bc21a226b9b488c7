"""Read by Python at the start of every process of a twin server: put the twin in its place."""

import importlib
import os
import sys

name = os.environ.get("TWIN_UNDER_TEST")
if name:
    for one in name.split(","):
        importlib.import_module(f"tests.races.twins.{one}").install()
    print(f"twin {name} is in place in process {os.getpid()}", file=sys.stderr, flush=True)
