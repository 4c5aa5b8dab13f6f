"""How a draft may sound: words that scold, phrases in capitals, many exclamation marks. It hints; whoever writes decides."""

import re
from pathlib import Path

from hub.post.word_lists import find_words

_LIST = Path(__file__).with_name("tone_words.toml")
_SHOUTED = re.compile(r"(?<!\w)(?:[^\W\d_a-zæøåäö]{3,}[ ,]+){2,}[^\W\d_a-zæøåäö]{3,}(?!\w)|!{2,}|[?!]*(?:!\?|\?!)[?!]*")


def find_harsh(text: str) -> list[str]:
    """What in it may sound harsh, each once, as it was written; in any of our languages."""
    shouted = [found.group() for found in _SHOUTED.finditer(text) if not found.group().islower()]
    return list(dict.fromkeys([*find_words(_LIST, text), *shouted]))
