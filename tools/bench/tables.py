"""Tables in Markdown."""

from collections.abc import Sequence


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Returns a table, its lines ended by newlines.

    Args:
        head: Names of the columns.
        rows: Cells of each row.
        left: How many columns, from the first, are text; the others are figures, to the right.
    """
    marks = ["---" if index < left else "---:" for index in range(len(head))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [head, marks, *rows])
