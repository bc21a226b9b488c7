"""Write the pages into a folder: `python -m ciam.administration.reference docs`."""

import sys
from pathlib import Path

from ciam.administration.reference import PAGES

for name, write in PAGES.items():
    (Path(sys.argv[1]) / name).write_text(write())
