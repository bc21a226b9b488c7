"""The page of the policies."""

from typing import Final

from ciam.administration.reference.words import code, kind_of, table, value
from ciam.policies import Policies

_OPENING: Final = """\
# Policies

<!-- Written from ciam/policies.py by `make reference`. -->

What an operator decides while the server runs, in the section `policies` of a config file:

```yaml
policies:
  sessions: {idle: 86400}
  sign_in: {layout: identifier_first}
```

What is left out has its default; a section that is `null` goes back to its defaults. A change
counts on every node with the next request. Durations are whole seconds,
more than none and ten years at most where nothing else is said.

"""


def write_policies() -> str:
    """Write the page, one table for each section."""
    parts = [_OPENING]
    for name, section in Policies.model_fields.items():
        model = section.annotation
        assert model is not None  # noqa: S101 - each section has a model
        rows = [
            (code(key), kind_of(field), code(value(field.default)), field.description or "")
            for key, field in model.model_fields.items()
        ]
        meaning = " ".join((model.__doc__ or "").split())
        written = table(("key", "kind", "default", "meaning"), rows)
        parts.append(f"## {name}\n\n{meaning}\n\n{written}\n")
    return "".join(parts).rstrip("\n") + "\n"
