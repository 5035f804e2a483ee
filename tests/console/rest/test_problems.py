"""A body too long is refused by its length, and the answer says how long it may be."""

import pytest

PREVIEW = "/api/v1/placement/preview"


@pytest.mark.parametrize(("extra", "status"), [(0, 404), (1, 413)])
def test_a_body_is_read_up_to_the_limit(signed_in, settings, extra, status):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 200
    body = b'{"region": "nowhere", "most_sites": 1}'.ljust(200 + extra)
    answer = signed_in("viewer").post(PREVIEW, body, content_type="application/json")
    assert answer.status_code == status


def test_a_caller_is_told_how_long_a_body_may_be(signed_in, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    answer = signed_in("viewer").post(PREVIEW, b'{"region": "x"}', content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (413, "body: expected at most 10 bytes")
