"""A bag-of-words classifier of intents as one would train it without a grammar: spaCy's own, on our cases, held-out parts
left alone. The same result each time. Also a second voter that hands to staff whatever act of the grammar it doubts.
"""

import random
import re
from collections.abc import Sequence
from typing import Any

import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import fix_random_seed

ROUNDS, AT_ONCE, LEARN_RATE = 20, 16, 0.005
ACTING = frozenset({"absence", "consent", "care_time"})
_MODEL = {
    "@architectures": "spacy.TextCatBOW.v3",
    "exclusive_classes": False,
    "ngram_size": 2,
    "no_output_layer": False,
    "length": 262144,
}


def plain(case: dict[str, Any]) -> str:
    """The words without the children's names and with all figures alike, and what was asked as a word of its own."""
    text = str(case["text"]).casefold()
    for child in case["children"]:
        for name in child["name"].casefold().split():
            text = re.sub(rf"\b{re.escape(name)}\w{{0,4}}", "qname", text)
    asked = case.get("asked")
    return f"{re.sub(r'[0-9]', '0', text)} {'qasked' + asked['about'] if asked else 'qunasked'}"


def intents_of(case: dict[str, Any]) -> set[str]:
    return {act["intent"] for act in case["expect"]["acts"]}


class BagOfWords:
    """Trained when it is made, in some ten seconds."""

    def __init__(self, cases: Sequence[dict[str, Any]]) -> None:
        fix_random_seed(0)
        chance = random.Random(0)
        self._pipeline: Language = spacy.blank("xx")
        categorizer: Any = self._pipeline.add_pipe("textcat_multilabel", config={"model": _MODEL})
        labels = sorted({intent for case in cases for intent in intents_of(case)})
        for label in labels:
            categorizer.add_label(label)
        examples = [
            Example.from_dict(
                self._pipeline.make_doc(plain(case)),
                {"cats": {label: float(label in intents_of(case)) for label in labels}},
            )
            for case in cases
        ]
        optimizer = self._pipeline.initialize(lambda: examples)
        optimizer.learn_rate = LEARN_RATE
        for _ in range(ROUNDS):
            chance.shuffle(examples)
            for at in range(0, len(examples), AT_ONCE):
                self._pipeline.update(examples[at : at + AT_ONCE], sgd=optimizer)

    def weigh(self, case: dict[str, Any]) -> dict[str, float]:
        """How likely each intent is, 0 to 1."""
        return dict(self._pipeline(plain(case)).cats)

    def guess(self, case: dict[str, Any]) -> str:
        weights = self.weigh(case)
        return max(weights, key=lambda intent: weights[intent])


def with_doubt(heard: dict[str, Any], weights: dict[str, float], least: float) -> dict[str, Any]:
    """What was heard, but an act that the second voter gives less than `least` becomes a message for staff."""
    doubted = any(act["intent"] in ACTING and weights.get(act["intent"], 0.0) < least for act in heard["acts"])
    if not doubted:
        return heard
    children = list(dict.fromkeys(name for act in heard["acts"] for name in act.get("children", ())))
    return {**heard, "acts": [{"intent": "message", "children": children}]}
