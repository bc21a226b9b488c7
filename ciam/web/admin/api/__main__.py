"""Print the OpenAPI document: `python -m ciam.web.admin.api > docs/admin-openapi.json`."""

import json
import sys

from ciam.web.admin.api import document

json.dump(document, sys.stdout, indent=1, sort_keys=True)
sys.stdout.write("\n")
