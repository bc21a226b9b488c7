"""Changing apps, purposes and notices in the console: a form, what it changes, then the change.

`field` says what a form is made of, `editor` leads through the steps, `client`, `purpose` and
`notice` are what each kind has of its own.
"""

from ciam.web.admin.editing import client, notice, purpose
from ciam.web.admin.editing.editor import editor_routes

routes = [
    route
    for editor in (client.EDITOR, purpose.EDITOR, notice.EDITOR)
    for route in editor_routes(editor)
]
