"""What is wrong with a stack's settings, in sentences."""

from collections.abc import Sequence

import pulumi

from components.inputs import Problem, shown

__all__ = ["Problem", "SettingsError", "shown"]


class SettingsError(pulumi.RunError):
    """The settings are refused; its message names every problem, a line each.

    Pulumi shows a RunError without a traceback.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 setting is" if len(problems) == 1 else f"{len(problems)} settings are"
        lines = "\n".join(f"  {problem.sentence}" for problem in problems)
        super().__init__(f"{count} wrong; nothing was changed.\n{lines}")
