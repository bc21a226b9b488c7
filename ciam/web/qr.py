"""A QR code as inline SVG (ISO/IEC 18004)."""

from io import BytesIO

import segno


def qr_svg(text: str) -> str:
    """Draw a QR code as inline SVG, black on white in both colour schemes."""
    drawn = BytesIO()
    segno.make(text, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4, light="#fff",
        svgclass="qr", lineclass=None,
    )  # fmt: skip
    return drawn.getvalue().decode().strip()
