"""A file of an export is gone on with wherever its writer was killed, and holds the same in the end."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.recording import line_file
from tocsin.recording.line_file import LineFile

LINES = [b"x" * (number % 37) + b"%d" % number for number in range(60)]


def written(path: Path, lines: list[bytes]) -> LineFile:
    with LineFile(path) as file:
        for each in lines[file.records :]:
            file.write(each)
    return file


@given(st.sampled_from(["0.jsonl", "0.jsonl.zst"]), st.floats(0, 1))
@settings(max_examples=100)
def test_a_file_that_was_cut_off_anywhere_is_gone_on_with_behind_its_last_whole_line(
    tmp_path_factory: pytest.TempPathFactory, name: str, share: float
) -> None:
    path = tmp_path_factory.mktemp("export") / "soc.inbox" / name
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_file, "_PIECE_BYTES", 300)  # several frames
        whole = written(path, LINES).digest
        with path.open("r+b") as file:
            file.truncate(round(path.stat().st_size * share))
        kept = LineFile(path)
        with kept:
            assert kept.last == (LINES[kept.records - 1] if kept.records else b"")
        again = written(path, LINES)
    assert (again.records, again.last, again.digest) == (60, LINES[-1], whole)
