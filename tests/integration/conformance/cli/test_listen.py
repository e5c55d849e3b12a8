from tests.unit.conformance.cli.test_listen import shown


def test_an_address_to_forward_to_is_shown_without_its_password():
    text = shown("/hook", {}, forward_to="http://user:hunt@er22@127.0.0.1:1/hook")
    assert "er22" not in text
    assert "//…@127.0.0.1:1/hook can't be reached" in text
