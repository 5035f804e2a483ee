"""What the pages of administration and account offer: nothing that whoever looks at them may not do."""

import re

import pytest
from rest_framework.test import APIClient

from console.access.authentication import person_actor
from console.access.scopes import GROUPS, RUNS_THE_NETWORK, SCOPES, groups_for
from console.actions.access.organisation import reach_of
from console.models import Membership
from tests.console.account.browsers import acting

MANAGE = "console.manage_people"


@pytest.fixture
def of_two(person, courier, swift):
    """Somebody who administers the one and looks on in the other."""
    both = person("administrator", courier.pk)
    Membership.objects.create(person=both, organisation=swift, role="viewer")
    return both


def text_of(browser: APIClient, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def offered_scopes(text: str) -> set[str]:
    return set(re.findall(r'name="scopes" value="([^"]+)"', text))


def test_who_runs_the_network_reaches_all_and_others_what_they_administer(person, of_two, courier, swift, watchdog):
    assert reach_of(person_actor(person("administrator")), MANAGE) == ["*"]
    assert reach_of(person_actor(person("planner")), MANAGE) == []
    assert reach_of(person_actor(person("administrator", watchdog.pk)), MANAGE) == ["watchdog"]  # who sees all
    assert reach_of(person_actor(of_two, acting=courier.pk), MANAGE) == ["courier"]
    assert reach_of(person_actor(of_two, acting=swift.pk), MANAGE) == []


@pytest.mark.parametrize("page", ["keys", "people", "organisations"])
def test_pages_tell_their_scripts_whose_rows_get_buttons(signed_in, watchdog, page):
    assert 'data-reach="*"' in text_of(signed_in("administrator"), f"/administration/{page}")
    assert 'data-reach="watchdog"' in text_of(signed_in("administrator", watchdog.pk), f"/administration/{page}")


@pytest.mark.parametrize("page", ["keys", "people"])
def test_a_form_is_offered_only_while_one_acts_where_it_would_be_taken(of_two, courier, swift, page):
    assert 'id="new"' in text_of(acting(of_two, courier), f"/administration/{page}")
    elsewhere = text_of(acting(of_two, swift), f"/administration/{page}")
    assert 'id="new"' not in elsewhere
    assert 'data-reach=""' in elsewhere
    assert "Act for another one to change something" in elsewhere


def test_a_customer_is_offered_no_scope_that_a_key_of_theirs_is_refused(signed_in, courier):
    assert offered_scopes(text_of(signed_in("administrator"), "/administration/keys")) == set(SCOPES)
    theirs = offered_scopes(text_of(signed_in("administrator", courier.pk), "/administration/keys"))
    assert theirs == set(SCOPES) - RUNS_THE_NETWORK


def test_a_group_of_scopes_without_one_left_is_not_shown():
    assert groups_for(runs_the_network=True) is GROUPS
    assert all(groups_for(runs_the_network=False).values())


@pytest.mark.parametrize(("role", "word"), [("viewer", "查看员"), ("administrator", "管理员")])
def test_roles_are_said_in_the_readers_language(person, courier, role, word):
    someone = person(role, courier.pk)
    browser = APIClient(HTTP_ACCEPT_LANGUAGE="zh-hans")
    browser.force_login(someone)
    text = text_of(browser, "/account")
    assert f'<div class="muted">{word}</div>' in text


def test_a_role_is_offered_by_its_word_and_sent_by_its_name(person):
    browser = APIClient(HTTP_ACCEPT_LANGUAGE="zh-hans")
    browser.force_login(person("administrator"))
    for page in ("people", "organisations"):
        assert '<option value="planner">规划员</option>' in text_of(browser, f"/administration/{page}")


def test_before_what_is_due_the_page_asks_for_no_topic_and_leads_nowhere(person):
    someone = person("administrator")
    browser = APIClient()
    browser.force_login(someone)
    assert 'data-hears="map alarms"' in text_of(browser, "/account")
    someone.must_change_password = True
    someone.save()
    text = text_of(browser, "/account")
    assert 'id="due"' in text
    assert 'data-hears=""' in text
    assert "rail-place" not in text
    assert 'id="alarm-strip"' not in text
    assert 'action="/logout"' in text


def test_choosing_for_whom_one_acts_is_a_form_with_a_button(of_two, person):
    browser = APIClient()
    browser.force_login(of_two)
    form = re.search(r'<form id="acting-form".*?</form>', text_of(browser, "/account"), re.DOTALL)
    assert form
    assert "<button" in form[0]
    browser.force_login(person("viewer"))
    assert "acting-form" not in text_of(browser, "/account")


def test_whoever_belongs_nowhere_is_asked_for_no_line(person):
    someone = person("viewer")
    someone.memberships.all().delete()
    browser = APIClient()
    browser.force_login(someone)
    assert 'data-hears=""' in text_of(browser, "/account")
