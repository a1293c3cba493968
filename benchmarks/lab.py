"""How quickly the laboratory answers, in real Chromium: what is dragged, other controls, pages, and twenty visitors at once.

Prints one table and writes it to `lab.md` and `lab.json`. Needs Chromium and playwright; everything runs on this machine.
"""

import json
import math
import statistics
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from laboratory import opened, profile, served  # noqa: E402
from thalweg.lab.topics import TOPICS  # noqa: E402

HEAD = [
    "# Benchmarks of the laboratory",
    "",
    "Written by `make benchmark`, in headless Chromium on the machine that serves. From a moved control to the new picture:",
    "dragged explorables draw in the browser; other controls go through Python to a plotly chart.",
    "",
]
END = "text=The same from the command line"
DRAGGED = ("learning-rate", "one-elbow", "a-network-learns", "colour-organ")
TRAINS = (
    *("a-network-learns: ", "features: points", "features: seed", "features: learning rate"),
    *("from-scratch: images", "from-scratch: units", "from-scratch: epochs", "from-scratch: chance"),
)  # Sliders whose answer is a training, or the forecast of many.
VISITORS = 20

DRAG = """async ([canvas, count]) => {
  const root = canvas.closest(".explorable"), box = canvas.getBoundingClientRect(), found = [];
  const send = (kind, share) => canvas.dispatchEvent(new PointerEvent(kind, {pointerId: 1, bubbles: true,
    clientX: box.left + share * box.width, clientY: box.top + 0.5 * box.height}));
  canvas.setPointerCapture = () => {};
  canvas.hasPointerCapture = () => true;
  send("pointerdown", 0.3);
  for (let i = 0; i < count; i++) {
    await new Promise(done => setTimeout(done, 40));
    const before = root.dataset.drawn, began = performance.now();
    send("pointermove", 0.3 + 0.5 * i / count);
    for (let tries = 0; root.dataset.drawn === before && tries < 60; tries++) await new Promise(requestAnimationFrame);
    found.push(performance.now() - began);
  }
  send("pointerup", 0.8);
  return found;
}"""
WATCH = """chart => {
  chart.on("plotly_afterplot", () => { window.drawn ??= performance.now(); });
  window.drawn = undefined;
  addEventListener("keydown", () => { window.moved = performance.now(); window.drawn = undefined; }, true);
}"""


def dragged(browser, address: str, name: str, count: int = 60) -> list[float]:
    """Milliseconds from a pointer's move to the picture, one a move."""
    page = ready(browser, address, name)
    canvas = page.locator(".explorable canvas.dragged").first.element_handle()
    found = page.evaluate(DRAG, [canvas, count])
    page.close()
    return found


def controlled(browser, address: str, name: str, count: int = 12) -> dict[str, list[float]]:
    """Milliseconds from a key on each of a page's sliders to the first chart that answers, by the slider's name."""
    page = ready(browser, address, name)
    for chart in page.locator(".js-plotly-plot").all():
        chart.evaluate(WATCH)
    found = {}
    for slider in page.locator("marimo-slider [role=slider]").all():
        label = slider.evaluate("each => each.getRootNode().querySelector('label')?.innerText || ''")
        times = [each for place in range(count) if (each := moved(page, slider, place)) is not None]
        if min(times, default=math.inf) < math.inf:  # A slider that moves no chart at all answers by words.
            found[" ".join(label.split())] = times
    page.close()
    return found


def moved(page, slider, place: int) -> float | None:
    """Milliseconds from a key on a slider to the chart that answers, infinite if none does; None if it is at its end."""
    from playwright.sync_api import TimeoutError

    slider.focus()
    before = slider.get_attribute("aria-valuenow")
    page.keyboard.press("ArrowRight" if place % 8 < 4 else "ArrowLeft")
    if slider.get_attribute("aria-valuenow") == before:
        return None
    try:
        page.wait_for_function("window.drawn > window.moved", timeout=5_000)
    except TimeoutError:
        return math.inf
    page.wait_for_timeout(250)
    return page.evaluate("window.drawn - window.moved")


def ready(browser, address: str, name: str, timeout: int = 60_000):
    """A page that has shown its last cell."""
    page = browser.new_page()
    page.goto(f"{address}{name}/")
    page.wait_for_selector(END, timeout=timeout)
    page.wait_for_load_state("networkidle", timeout=timeout)
    return page


def opening(browser, address: str, name: str) -> float:
    """Seconds until a page shows its last cell."""
    began = time.perf_counter()
    page = browser.new_page()
    page.goto(f"{address}{name}/")
    page.wait_for_selector(END, timeout=60_000)
    taken = time.perf_counter() - began
    page.close()
    return taken


def memory(process) -> float:
    """Megabytes of a process and of what it started."""
    import psutil

    parent = psutil.Process(process.pid)
    return sum(each.memory_info().rss for each in [parent, *parent.children(recursive=True)]) / 2**20


def visitors(browser, address: str, process, before: float) -> tuple[int, float, float]:
    """Errors of twenty visitors at once while one trains, seconds until all are served, and megabytes a visitor."""
    wrong: list[str] = []
    began = time.perf_counter()
    pages = []
    names = ["from-scratch", *(TOPICS[place % 4].name for place in range(VISITORS - 1))]
    for name in names:
        page = browser.new_context().new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.goto(f"{address}{name}/", wait_until="commit")
        pages.append(page)
    for page in pages:
        page.wait_for_selector(END, timeout=180_000)
        if "Traceback" in page.locator("body").inner_text():
            wrong.append("traceback")
    taken, grown = time.perf_counter() - began, memory(process) - before
    for page in pages:
        page.context.close()
    return len(wrong), taken, grown / VISITORS


def measured() -> dict:
    """Seconds until the server answers, and all else while it serves."""
    began = time.perf_counter()
    found: dict = {}
    with served(18700) as (address, process), opened() as browser, profile(browser) as visitor:
        urllib.request.urlopen(address.rstrip("/") + "/source/lab/topics.py").read()
        found["server up"] = time.perf_counter() - began
        found["first page"] = opening(visitor, address, "learning-rate")
        size = memory(process)
        found["open"] = {topic.name: opening(visitor, address, topic.name) for topic in TOPICS}
        found["drag"] = {name: dragged(visitor, address, name) for name in DRAGGED}
        found["control"] = {
            f"{topic.name}: {label}": times
            for topic in TOPICS
            for label, times in controlled(visitor, address, topic.name).items()
        }
        found["visitors"] = visitors(browser, address, process, size)
    return found


def rows(found: dict) -> list[list[str]]:
    """The table."""
    table = [["server answers after its start", f"{found['server up']:.1f} s", "<= 4 s", _yes(found["server up"] <= 4)]]
    table.append(["the first page, asked for as soon as it answers", f"{found['first page']:.1f} s", "", ""])
    for name, seconds in found["open"].items():
        table.append([f"{name}: ready, as a second page", f"{seconds:.1f} s", "<= 3 s", _yes(seconds <= 3)])
    for name, times in found["drag"].items():
        middle, late = statistics.median(times), _late(times)
        table.append([f"{name}: dragged, median (95 %)", f"{middle:.0f} ({late:.0f}) ms", "< 30 ms", _yes(middle < 30)])
    for name, times in found["control"].items():
        middle, late = statistics.median(times), _late(times)
        told, trains = f"{middle:.0f} ({late:.0f}) ms", name.startswith(TRAINS)
        kind = "a slider that trains" if trains else "a slider"
        good = "" if trains else _yes(middle < 120 and late < 250)
        table.append([f"{name}: {kind}, median (95 %)", told, "" if trains else "< 120 (250) ms", good])
    wrong, seconds, size = found["visitors"]
    table.append([f"{VISITORS} visitors at once, one of them training: errors", f"{wrong}", "0", _yes(wrong == 0)])
    table.append([f"{VISITORS} visitors at once: all served after", f"{seconds:.0f} s", "", ""])
    table.append(["memory a visitor, over what the first page took", f"{size:.0f} MB", "stated", ""])
    return table


def _late(times: list[float]) -> float:
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


def _yes(is_met: bool) -> str:
    return "yes" if is_met else "**no**"


def main() -> None:
    """Measure, print and write."""
    found = measured()
    lines = ["| what | found | target | met |", "|---|---|---|---|", *(f"| {' | '.join(row)} |" for row in rows(found))]
    text = "\n".join([*HEAD, *lines])
    print(text)
    (ROOT / "benchmarks" / "lab.md").write_text(text + "\n")
    (ROOT / "benchmarks" / "lab.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
