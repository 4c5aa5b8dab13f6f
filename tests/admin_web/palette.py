"""The colours of budbok.css as the sheet declares them, and how well one is read on another."""

import re
from pathlib import Path

Palette = dict[str, str]

_BLOCK = re.compile(r'(:root(?:\[data-theme="dark"\]|:not\(\[data-theme="light"\]\))?) \{([^}]*)\}')
_COLOUR = re.compile(r"--([\w-]+): (#[0-9A-Fa-f]{6});")


def read_palettes(sheet: Path) -> tuple[Palette, Palette, Palette]:
    """Light, dark by the device's wish, dark by the reader's own."""
    found: dict[str, Palette] = {}
    for selector, body in _BLOCK.findall(sheet.read_text("utf-8")):
        found.setdefault(selector, dict(_COLOUR.findall(body)))
    return found[":root"], found[':root:not([data-theme="light"])'], found[':root[data-theme="dark"]']


def contrast(one: str, other: str) -> float:
    """From 1 (alike) to 21 (black on white). Source: WCAG 2.2, contrast ratio and relative luminance."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
