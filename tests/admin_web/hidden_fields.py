"""What a page's form sends beside what a person chose: what the page had shown."""

import html
import re
from typing import Any

from tests.admin_web.staff_site import Seen


def hidden_fields(seen: Seen, action: str, holding: str = "") -> dict[str, Any]:
    """Of the form that goes to this address, and that holds these words where there are several: its hidden fields by name,
    each with all its values."""
    forms = re.findall(rf'<form [^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', seen.text, re.DOTALL)
    (form,) = [form for form in forms if holding in form]
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form):
        if name != "token":
            found.setdefault(name, []).append(html.unescape(value))
    return found
