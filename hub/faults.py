"""What is wrong with a form, field by field."""

from collections.abc import Mapping

from hub.desk import Refusal


class FormNotRightError(Refusal):
    """What was filled in is not whole: `faults` by field, as codes."""

    words = "refusals.form_not_right"

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__()
        self.faults = faults
