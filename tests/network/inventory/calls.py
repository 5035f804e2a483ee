"""Calls to the inventory over REST, as a planner makes them."""


def send(caller, method, path, body=None):
    return getattr(caller, method)(f"/api/v1/{path}", body or {}, format="json")


def errors(answer):
    """Return what was expected, by field and value."""
    assert answer.status_code == 400, answer.content
    return {(error["field"], error["value"]): error["expected"] for error in answer.json()["errors"]}
