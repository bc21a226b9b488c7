"""The pages that people see: one module for each; `routes` is the visible list."""

from ciam.web.pages import account, notice

routes = [
    *notice.routes,
    *account.routes,
]
