"""Exported WebAssembly in Node, through its own loader, and its page in a headless browser."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np

NODE = "apt-get install nodejs"
BROWSER = "apt-get install chromium"

#: Answers a list of requests: [module's loader, what, inputs as base64], each answered in order.
_SCRIPT = """
import { readFileSync } from "node:fs";
const bytes = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
const kinds = { int8: Int8Array, int16: Int16Array, float32: Float32Array, uint8: Uint8Array };
const answers = [];
const loaded = new Map();
for (const { path, what, inputs } of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    if (!loaded.has(path)) {
      const loader = await import(path);
      loaded.set(path, { info: loader.info, model: await loader.load() });
    }
    const { info, model } = loaded.get(path);
    const arrays = inputs.map(({ dtype, data }) => {
      return new kinds[dtype](new Uint8Array(Buffer.from(data, "base64")).buffer);
    });
    if (what === "run") answers.push([model.run(...arrays)].flat().map(bytes));
    if (what === "predict") answers.push(bytes(model.predict(...arrays)));
    if (what === "push") {
      const answered = model.push(...arrays);
      answers.push(answered.map(({ codes, values, label }) => [bytes(codes), bytes(values), label]));
    }
    if (what === "reset") answers.push(model.reset() ?? null);
    if (what === "info") answers.push(info);
    if (what === "trace") {
      const { outputs, operators } = model.trace(...arrays);
      answers.push({ outputs: outputs.map(bytes), operators: [...operators].map(([i, array]) => [i, bytes(array)]) });
    }
  } catch (error) {
    answers.push({ error: `${error.name}: ${error.message}` });
  }
}
process.stdout.write(JSON.stringify(answers));
"""


def ask(requests) -> list:
    """Return Node's answers to (folder's loader, what, arrays)."""
    given = [
        {
            "path": Path(path).as_uri(),
            "what": what,
            "inputs": [
                {"dtype": array.dtype.name, "data": base64.b64encode(array.tobytes()).decode()} for array in arrays
            ],
        }
        for path, what, arrays in requests
    ]
    done = subprocess.run(
        [shutil.which("node"), "--input-type=module", "-e", _SCRIPT],
        input=json.dumps(given), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def array(text, like):
    """Return bytes in base64 as an array of the shape and dtype of another."""
    raw = base64.b64decode(text)
    assert len(raw) == like.nbytes
    return np.frombuffer(raw, like.dtype).reshape(like.shape)


def page_after(page: Path, folder: Path, script: str, size=(412, 1400), picture: Path | None = None) -> str:
    """Return a page's body as text, as a browser has it after a script that runs once the page is ready."""
    text = page.read_text(encoding="utf-8")
    waiting = """<script type="module">
      const timer = setInterval(async () => {
        if (document.body.dataset.state !== "ready") return;
        clearInterval(timer);
        %s
        document.body.dataset.state = "done";
      }, 5);
    </script></body>"""
    changed = folder / "page.html"
    changed.write_text(text.replace("</body>", waiting % script), encoding="utf-8")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
        f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000", f"--window-size={size[0]},{size[1]}",
    ]  # fmt: skip
    command += ["--force-device-scale-factor=2", f"--screenshot={picture}"] if picture else ["--dump-dom"]
    environment = os.environ | {"HOME": str(folder)}
    done = subprocess.run(
        [*command, changed.as_uri()], capture_output=True, text=True, check=False, timeout=60, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def element_text(dom: str, identifier: str) -> str:
    """Return the text in an element that holds no element of its own kind."""
    found = re.search(rf'<(\w+)[^>]*\bid="{identifier}"[^>]*>(.*?)</\1>', dom, re.DOTALL)
    assert found, identifier
    return html.unescape(re.sub(r"<[^>]+>", " ", found[2])).strip()


def table_rows(dom: str) -> list[list[str]]:
    """Return the cells of the page's table of windows."""
    body = re.search(r"<tbody>(.*?)</tbody>", dom, re.DOTALL)[1]
    return [
        [html.unescape(cell) for cell in re.findall(r"<td>(.*?)</td>", row)]
        for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    ]
