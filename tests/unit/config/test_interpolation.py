"""`${env:NAME}` and `${file:PATH}`."""

from __future__ import annotations

import pytest

from lakehouse.config.interpolation import MAX_FILE_BYTES, InterpolationError, interpolate


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("LAKE_NAME", "shop")
    monkeypatch.setenv("LAKE_NESTED", "${env:LAKE_NAME}")
    monkeypatch.setenv("LAKE_EMPTY", "")
    monkeypatch.delenv("LAKE_MISSING", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "secret").write_bytes(b"s3cr\xc3\xa9t\r\n")
    (tmp_path / "lines").write_text("a\nb\n\n")
    (tmp_path / "latin").write_bytes(b"\xfc")
    (tmp_path / "large").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    (tmp_path / "folder").mkdir()
    return tmp_path


def test_values_take_the_place_of_placeholders(folder):
    cases = {
        "plain": ("plain", False),
        "${env:LAKE_NAME}": ("shop", True),
        "a/${env:LAKE_NAME}/${env:LAKE_NAME}.b": ("a/shop/shop.b", True),
        "${env:LAKE_EMPTY}": ("", True),
        "${file:secret}": ("s3crét", True),
        "${file: secret }": ("s3crét", True),
        "${file:lines}": ("a\nb\n", True),
        "${file:~/secret}": ("s3crét", True),
        f"${{file:{folder}/secret}}": ("s3crét", True),
        "${file:folder/../secret}": ("s3crét", True),
        "$${env:LAKE_NAME}": ("${env:LAKE_NAME}", False),
        "$${x} ${env:LAKE_NAME}": ("${x} shop", True),
        "costs 5 $ {or} $5": ("costs 5 $ {or} $5", False),
        "^\\d+$": ("^\\d+$", False),
        "${env:LAKE_NESTED}": ("${env:LAKE_NAME}", True),  # a value is taken as it is
    }
    assert {text: interpolate(text, folder) for text in cases} == cases


def test_what_has_no_value_is_named_and_nothing_else_is(folder):
    cases = {
        "${env:LAKE_MISSING}": ("the environment variable `LAKE_MISSING` is not set", "export LAKE_MISSING=…"),
        "${file:missing}": ("there is no file `missing`", "put the value into missing"),
        "${file:folder}": ("there is no file `folder`", "put the value into folder"),
        "${file:latin}": ("the file `latin` is not UTF-8", "UTF-8"),
        "${file:large}": ("the file `large` is too large for a setting", "at most 64 kB"),
        "${file:a\x00b}": ("there is no file `a\x00b`", "put the value"),
        "${file:~nosuchuser/x}": ("the file `~nosuchuser/x` cannot be read (RuntimeError)", "put the value"),
        "${LAKE_NAME}": ("`${LAKE_NAME}` cannot be filled in", "write ${env:NAME}"),
        "${env:}": ("`${env:}` cannot be filled in", "write ${env:NAME}"),
        "${env:1X}": ("`${env:1X}` cannot be filled in", "write ${env:NAME}"),
        "${env: LAKE_NAME}": ("`${env: LAKE_NAME}` cannot be filled in", "write ${env:NAME}"),
        "${file: }": ("`${file: }` cannot be filled in", "write ${env:NAME}"),
        "${secret:x}": ("`${secret:x}` cannot be filled in", "write ${env:NAME}"),
        "${env:LAKE_NAME": ("`${env:LAKE_NAME` cannot be filled in", "write ${env:NAME}"),
        "${": ("`${` cannot be filled in", "$${ for a literal ${"),
    }
    for text, (problem, remedy) in cases.items():
        with pytest.raises(InterpolationError) as caught:
            interpolate(f"{text}", folder)
        assert caught.value.problem == problem
        assert remedy in caught.value.remedy
        assert "shop" not in str(caught.value)
