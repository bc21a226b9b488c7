"""Print the OpenAPI document: `python -m ciam.web.api > docs/openapi.json`."""

import json
import sys

from ciam.web.api import make_api, make_openapi

json.dump(make_openapi(make_api()), sys.stdout, indent=1, sort_keys=True)
sys.stdout.write("\n")
