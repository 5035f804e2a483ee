"""How figures and tables are shown to a person: chosen by oneself, kept in the account, told to every page."""

import pytest

from console.models import Person

pytestmark = pytest.mark.usefixtures("empty_redis")
DEFAULT = {"length_unit": "m", "speed_unit": "m/s", "temperature_unit": "°C", "table_density": "comfortable"}
URL = "/api/v1/me/display"


def test_who_chose_nothing_reads_si_units_in_comfortable_tables(signed_in):
    assert signed_in("viewer").get(URL).data == DEFAULT


def test_a_choice_is_kept_and_the_others_stay(signed_in):
    browser = signed_in("viewer")
    answer = browser.patch(URL, {"length_unit": "ft", "table_density": "compact"}, format="json")
    assert (answer.status_code, answer.data) == (200, {**DEFAULT, "length_unit": "ft", "table_density": "compact"})
    browser.patch(URL, {"speed_unit": "kt"}, format="json")
    assert browser.get(URL).data == {**DEFAULT, "length_unit": "ft", "table_density": "compact", "speed_unit": "kt"}


def test_it_is_ones_own_and_nobody_elses(signed_in):
    signed_in("operator").patch(URL, {"temperature_unit": "°F"}, format="json")
    assert signed_in("viewer").get(URL).data == DEFAULT
    assert Person.objects.filter(temperature_unit="°F").count() == 1


@pytest.mark.parametrize(("field", "value"), [("length_unit", "furlong"), ("speed_unit", "m"), ("table_density", "")])
def test_what_is_not_offered_is_refused_and_nothing_kept(signed_in, field, value):
    browser = signed_in("viewer")
    answer = browser.patch(URL, {"temperature_unit": "°F", field: value}, format="json")
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (400, field)
    assert browser.get(URL).data == DEFAULT


def test_nothing_else_of_a_person_is_changed_by_it(signed_in):
    signed_in("viewer").patch(URL, {"is_superuser": True, "length_unit": "ft"}, format="json")
    assert not Person.objects.filter(is_superuser=True).exists()


def test_a_key_and_a_stranger_have_no_display(with_key, client):
    assert client.get(URL).status_code == 401
    assert with_key("read").get(URL).status_code == 403


def test_every_page_says_what_its_person_chose(signed_in):
    browser = signed_in("operator")
    browser.patch(URL, {"length_unit": "ft", "speed_unit": "km/h", "table_density": "compact"}, format="json")
    for path in ("/account", "/airspace"):
        html = browser.get(path).content.decode()
        assert 'data-length-unit="ft" data-speed-unit="km/h" data-temperature-unit="°C" data-density="compact"' in html


def test_the_account_offers_what_may_be_chosen_in_both_languages(signed_in):
    browser = signed_in("viewer")
    browser.patch(URL, {"speed_unit": "kt"}, format="json")
    assert '<option value="kt" selected>knots (kt)' in browser.get("/account").content.decode()
    assert "节 (kt)" in browser.get("/account", headers={"accept-language": "zh-hans"}).content.decode()
