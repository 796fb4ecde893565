"""The progress of long work, on a terminal alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Rate(ProgressColumn):
    """How many a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        rate = task.finished_speed or task.speed
        return Text("" if rate is None else f"{rate:,.0f} {self._unit}/s")


@contextmanager
def progress(title: str, total: int | None, unit: str = "records") -> Iterator[Callable[[int], None]]:
    """Show on standard error how far work is, its rate and the time left; nothing where that is no terminal.

    The function that it gives takes in how many more were done. `total` None: nobody knows how many there are.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"), _Rate(unit))
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal, transient=True
    ) as shown:
        task = shown.add_task(title, total=total)
        yield lambda more: shown.update(task, advance=more)
