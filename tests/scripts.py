"""What the scripts of explorables work out, in node."""

import json
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs node, to run the scripts of explorables")
PLAIN = "(_, v) => typeof v === 'number' && !Number.isFinite(v) ? String(v) : v"


def value(script: str, expression: str, given: Any = None) -> Any:
    """What an expression in JavaScript is worth.

    Args:
        script: The module, whose exports are `m`.
        expression: The expression.
        given: What it may use as `given`; plain data.

    Returns:
        Its value as plain data; numbers that are not finite are the words "Infinity", "-Infinity" and "NaN".
    """
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "script.mjs").write_text(script, encoding="utf-8")
        (place / "given.json").write_text(json.dumps(given), encoding="utf-8")
        (place / "ask.mjs").write_text(
            "import * as m from './script.mjs'; import fs from 'node:fs';"
            "const given = JSON.parse(fs.readFileSync('given.json'));"
            f"console.log(JSON.stringify({expression}, {PLAIN}));",
            encoding="utf-8",
        )
        done = subprocess.run(["node", "ask.mjs"], cwd=place, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
