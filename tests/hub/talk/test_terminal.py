"""`budbok talk` prints what it holds as a transcript that can be kept."""

from collections.abc import Sequence
from pathlib import Path

from hub.clock import StoppedClock
from hub.desk import Desk
from hub.school.facts import list_facts
from hub.talk.terminal import talk
from tests.transcript import differences, load_bots, perform, read_transcript, the_ear


async def held(language: str, lines: Sequence[str], **options: str) -> list[str]:
    waiting = iter(lines)
    written: list[str] = []
    await talk(
        language, the_ear(), load_bots(), lambda: next(waiting, None), written.append, facts=[list_facts], **options
    )
    return written


async def test_a_talk_in_a_terminal_is_printed_as_a_transcript() -> None:
    written = await held("sv", ["hon är sjuk idag", "1", "# 07:20", "Far> nej", "", "this is not read"])

    assert written[0] == "# Monday 3 March 2025, 07:12. Children: Ella, Otso. Others: Far."
    assert written[1:4] == [
        "> hon är sjuk idag",
        "< Vem är borta i dag, måndag 3 mars? Svara 1 Ella, 2 Otso eller 3 båda.",
        "> 1",
    ]
    assert "# 07:20" in written
    assert written[-3:] == [
        "= absence: Ella, 2025-03-03, sick, disputed",
        "= waits for staff: absence_disputed",
        "= no longer: absence: Ella, 2025-03-03, sick",
    ]


async def test_what_a_talk_prints_can_be_kept_and_played_again(desk: Desk, clock: StoppedClock, tmp_path: Path) -> None:
    head = "Tuesday 4 March 2025, 06:50. Children: Aino. Others: Isä (sv)."
    written = await held("fi", ["Aino on kipeä tänään", "peru"], head=head)
    file = tmp_path / "fi.kept.txt"
    file.write_text("\n".join(written) + "\n", "utf-8")

    transcript = read_transcript(file)
    performed = await perform(transcript, desk, clock)

    assert differences(transcript, performed) == ""
