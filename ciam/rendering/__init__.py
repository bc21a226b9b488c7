"""Pages and mails as text: templates, languages, brands; jinja2 and babel, no web framework.

It stands on the ground, so that `messaging` can render mails below `web`.
`ciam.web.rendering` puts a page into an HTTP answer.
"""

from ciam.rendering.brands import Brand, BrandLinks, brand_problems, brand_stylesheet
from ciam.rendering.catalogues import Catalogues
from ciam.rendering.formats import mask_email
from ciam.rendering.renderer import LanguageLink, RenderedMail, Renderer

__all__ = [
    "Brand",
    "BrandLinks",
    "Catalogues",
    "LanguageLink",
    "RenderedMail",
    "Renderer",
    "brand_problems",
    "brand_stylesheet",
    "mask_email",
]
