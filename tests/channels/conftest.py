"""Asserts of the contract tell what they compared, as those of a test file do."""

import pytest

pytest.register_assert_rewrite("tests.channels.contract")
