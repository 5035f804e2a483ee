"""Static files: which references in scripts are rewritten to names with a hash."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from console.assets import HashedAssets


@pytest.fixture
def assets(tmp_path: Path) -> HashedAssets:
    return HashedAssets(location=tmp_path, base_url="/static/")


def gathered(assets: HashedAssets, files: dict[str, str]) -> dict[str, str]:
    """What is served of each file, once all were gathered; raises what fails on the way."""
    for name, text in files.items():
        assets.save(name, ContentFile(text))
    outcomes = list(assets.post_process({name: (assets, name) for name in files}))
    assert [outcome for _, _, outcome in outcomes if isinstance(outcome, Exception)] == []
    return {name: Path(assets.path(stored)).read_text(encoding="utf-8") for name, stored, _ in outcomes}


def test_imports_name_files_by_their_hash(assets):
    served = gathered(assets, {"a.js": 'import { b } from "./b.js";\nb();\n', "b.js": "export const b = 1;\n"})
    assert 'from "./b.js"' not in served["a.js"]


def test_modules_may_name_each_others_types_in_comments(assets):
    a = '/** Draws. */\nimport { b } from "./b.js";\n\n/** @param {import("./c.js").C} c */\nexport const a = (c) => b(c);\n'
    b = '/** @typedef {import("./a.js").A} A */\nexport const b = (c) => c;\n'
    served = gathered(assets, {"a.js": a, "b.js": b, "c.js": "export class C {}\n"})
    assert '{import("./c.js").C}' in served["a.js"]
    assert '{import("./a.js").A}' in served["b.js"]


def test_what_a_comment_names_of_a_library_need_not_be_here(assets):
    served = gathered(assets, {"a.js": '/** @param {import("library").Map} map */\nexport const a = (map) => map;\n'})
    assert 'import("library")' in served["a.js"]


def test_a_module_that_is_loaded_later_has_its_hash(assets):
    later = '/** Later. */\nexport const load = () => import("./b.js");\n'
    served = gathered(assets, {"a.js": later, "b.js": "export const b = 1;\n"})
    assert 'import("./b.js")' not in served["a.js"]
