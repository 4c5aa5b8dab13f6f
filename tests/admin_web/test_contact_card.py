"""A contact card holds what it is given, whatever letters that has."""

from admin_web.staff.contact_card import contact_code, make_card, text_code


def test_marks_of_the_card_s_own_are_told_apart_from_text() -> None:
    card = make_card("Lærer; 7A, \\musikk\r\nTEL:+4711111111", "Lia", "+4759000017").decode()

    assert "N:Lærer\\; 7A\\, \\\\musikk TEL:+4711111111;;;;\r\n" in card
    assert card.count("\r\nTEL") == 1


def test_long_names_fold_without_cutting_a_letter() -> None:
    lines = make_card("Æ" * 90, "Lia", "26999").split(b"\r\n")

    assert max(len(line) for line in lines) <= 75
    assert "Æ" * 90 in b"\r\n".join(lines).replace(b"\r\n ", b"").decode()


def test_the_squares_carry_a_14_digit_number_without_a_country_code() -> None:
    assert text_code("59000000000042") == "sms:59000000000042"
    assert text_code("+4759000017") == "sms:+4759000017"
    assert "TEL:59000000000042" in contact_code("Kontaktlærer 4B", "Lia", "59000000000042")
