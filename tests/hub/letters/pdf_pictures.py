"""Pages of a PDF as pictures: opened by a reader of PDFs, whoever made them."""

import io
import json

import typst
from PIL import Image

_PAGE = """
#set page(paper: "a4", margin: 0mm)
#image(bytes(json(bytes(sys.inputs.pdf))), format: "pdf", page: int(sys.inputs.page), width: 210mm)
"""


def picture_of(pdf: bytes, page: int = 1, dots_per_inch: float = 72) -> Image.Image:
    """One page of A4, counted from 1, in colours on white."""
    told = {"pdf": json.dumps(list(pdf)), "page": str(page)}
    made = typst.compile(_PAGE.encode(), format="png", ppi=dots_per_inch, sys_inputs=told)
    return Image.open(io.BytesIO(made if isinstance(made, bytes) else b"")).convert("RGB")
