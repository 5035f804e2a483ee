"""What the network refuses is said in the language of whoever asks: its sentences are known to the console."""

import pytest


@pytest.mark.django_db
def test_what_is_wrong_with_a_field_is_said_in_the_language_of_whoever_asks(signed_in, make_site):
    make_site("bs-000")
    body = {"kind": "site", "key": "bs-000", "metric": "availability", "objective": 1.5}
    answer = signed_in("planner").post(
        "/api/v1/agreements", body, format="json", headers={"accept-language": "zh-hans"}
    )
    assert answer.status_code == 400
    assert [error["expected"] for error in answer.json()["errors"]] == ["大于 0 且小于 1 的比例，这样才有预算"]
