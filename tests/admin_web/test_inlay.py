"""A long piece of markup stands in a page where its mark stood, whatever is written in it."""

from admin_web.inlay import MARK, Inlay


def test_each_piece_stands_where_its_mark_stood_as_often_as_it_stood_there() -> None:
    inlay = Inlay()
    first, second = inlay.put("<tr><td>Åse; 1 &amp; 2</td></tr>"), inlay.put("<tr></tr>")

    page = inlay.fill(f"<p>{second}</p>; {first}{second}")

    assert page == "<p><tr></tr></p>; <tr><td>Åse; 1 &amp; 2</td></tr><tr></tr>"


def test_a_page_with_no_pieces_is_as_it_was_drawn() -> None:
    assert Inlay().fill("<p>0; 1;</p>") == "<p>0; 1;</p>"


def test_a_mark_holds_nothing_of_its_piece() -> None:
    assert Inlay().put("<b>Ella</b>") == f"{MARK}0;"
