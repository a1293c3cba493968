"""The laboratory in a real browser: every page opens, answers what is moved, reports no error and asks nobody else."""

import time

import pytest

from laboratory import CHROMIUM, opened, profile, served
from thalweg.lab.topics import TOPICS

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt-get install chromium")
READY = 30_000  # The most milliseconds that a page may take on a busy machine.


@pytest.fixture(scope="module")
def address():
    """The laboratory, served by the command itself."""
    with served(18642) as (address, _):
        yield address


@pytest.fixture(scope="module")
def visitor():
    """One person's browser, so that what a page has fetched and compiled the next has at hand."""
    with opened() as browser, profile(browser) as visitor:
        yield visitor


@pytest.fixture
def page(visitor, address):
    """A page that notes what must not happen: an error in the console, a request to another host."""
    tab = visitor.new_page()
    wrong = []
    tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    inside = (address, address.replace("http", "ws"), "data:", "blob:")
    tab.on("request", lambda request: None if request.url.startswith(inside) else wrong.append(request.url))
    yield tab
    tab.close()
    assert not wrong


@pytest.mark.parametrize("name", [topic.name for topic in TOPICS[1:]])
def test_a_page_opens_whole_and_answers_what_is_moved(page, address, name):
    page.goto(f"{address}{name}/")
    page.wait_for_selector("text=The same from the command line", timeout=READY)
    page.wait_for_load_state("networkidle", timeout=READY)
    text = page.locator("body").inner_text()
    for word in ("Traceback", "An internal error", "This cell raised"):
        assert word not in text
    picture, move = control(page, name)
    before = at_rest(page, picture)
    move()
    page.evaluate("document.activeElement.blur()")  # A ring around what has the focus is no new picture.
    end = time.monotonic() + READY / 1000
    while shown(picture, before) == before:
        assert time.monotonic() < end, "the picture is as it was"
        time.sleep(0.1)
    page.set_viewport_size({"width": 400, "height": 900})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400, "a phone would have to scroll sideways"


def at_rest(page, picture):
    """What a picture shows once it shows the same twice."""
    old, new = None, picture.screenshot()
    while old != new:
        page.wait_for_timeout(100)
        old, new = new, picture.screenshot()
    return new


def shown(picture, before):
    """What a picture shows; while it is taken away to be made anew, what it showed before."""
    from playwright.sync_api import Error

    try:
        return picture.screenshot(timeout=2000)
    except Error:
        return before


def control(page, name):
    """A picture of a page, and what moves a control that it answers."""
    if name == "vector-calculus":
        return page.locator(".markdown table").first, lambda: retype(page.get_by_label("f", exact=True).first, "x' x")
    if page.locator("canvas.dragged").count():
        canvas = page.locator("canvas.dragged").first
        return canvas, lambda: drag(page, canvas, 0.35, 0.7)
    return page.locator(".js-plotly-plot").first, lambda: press(page, page.get_by_role("slider").first)


def retype(field, text):
    field.fill(text)
    field.blur()


def press(page, slider):
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")


def drag(page, canvas, start, end):
    """Drag over a canvas from a share of its width to another."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    height = box["y"] + 0.4 * box["height"]
    page.mouse.move(box["x"] + start * box["width"], height)
    page.mouse.down()
    for part in (0.3, 0.6, 1.0):
        page.mouse.move(box["x"] + (start + part * (end - start)) * box["width"], height)
    page.mouse.up()


def test_the_index_leads_to_pages_whose_pictures_all_answer_the_mouse_and_the_keys(page, address):
    page.goto(address)
    assert page.locator("li a").count() == len(TOPICS)
    page.locator("li a").first.click()
    page.wait_for_selector("text=Largest stable rate", timeout=READY)
    pictures = [page.locator("canvas").nth(place) for place in range(3)]
    before = [picture.screenshot() for picture in pictures]
    drag(page, pictures[0], 0.3, 0.93)
    page.wait_for_selector("text=It diverges", timeout=READY)
    assert all(picture.screenshot() != old for picture, old in zip(pictures, before, strict=True))
    page.wait_for_function("location.search.includes('lr=0.5')", timeout=READY)
    page.wait_for_selector("text=a mode grows", timeout=READY)
    slider = page.get_by_label("learning rate lr").first
    dragged, drawn = float(slider.input_value()), pictures[0].screenshot()
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(200)
    assert float(slider.input_value()) < dragged - 0.01
    assert pictures[0].screenshot() != drawn


def test_the_address_keeps_the_state(page, address):
    page.goto(f"{address}learning-rate/?lr=0.2&large=2&small=0.5")
    slider = page.get_by_label("learning rate lr").first
    slider.wait_for(timeout=READY)
    assert abs(float(slider.input_value()) - 0.2) < 0.002


def test_a_phone_in_the_dark_has_the_whole_page(page, address):
    page.set_viewport_size({"width": 400, "height": 900})
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}learning-rate/")
    page.wait_for_selector("canvas", timeout=READY)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.evaluate("getComputedStyle(document.querySelector('#App')).backgroundColor") == "rgb(20, 22, 26)"


def test_a_slider_over_chosen_values_says_its_value_and_a_figure_fits_on_paper(page, address):
    page.goto(f"{address}noise-and-tikhonov/")
    page.wait_for_selector("text=The same from the command line", timeout=READY)
    slider = page.get_by_role("slider").first
    slider.focus()
    assert slider.get_attribute("aria-valuetext") == "0.5"
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement && location.search.includes('s=0.55')", timeout=READY)
    assert slider.get_attribute("aria-valuetext") == "0.55"
    figure = page.locator(".js-plotly-plot .main-svg").first
    assert figure.evaluate("svg => svg.clientWidth") > 700
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert figure.evaluate("svg => svg.clientWidth") == 640
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_timeout(300)
    assert figure.evaluate("svg => svg.clientWidth") > 700


def test_an_answer_is_checked(page, address):
    page.goto(f"{address}vector-calculus/")
    field = page.get_by_placeholder("type an answer").first
    field.wait_for(timeout=READY)
    field.fill("2 (X w - y)' X")
    field.blur()
    page.wait_for_selector("text=Right.", timeout=READY)


def test_paper_is_light_and_its_ink_dark_also_from_a_dark_screen(page, address):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}learning-rate/")
    page.wait_for_selector(".explorable[data-drawn]", timeout=READY)
    canvas = page.locator(".explorable canvas").first
    lightest = """canvas => {
      const {width, height} = canvas;
      const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
      let light = 0;
      for (let i = 0; i < pixels.length; i += 4) {
        if (pixels[i + 3] > 200) light = Math.max(light, Math.min(...pixels.slice(i, i + 3)));
      }
      return light;
    }"""
    seen = [canvas.evaluate(lightest)]
    for kind in ("beforeprint", "afterprint"):
        page.evaluate(f"dispatchEvent(new Event('{kind}'))")
        seen.append(canvas.evaluate(lightest))
    assert seen[0] == seen[2] > 200
    assert seen[1] < 160, "on paper nothing is lighter than the grey of a line"
    page.emulate_media(media="print", color_scheme="dark")
    style = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).colorScheme]"
    assert page.locator("#App").evaluate(style) == ["rgb(255, 255, 255)", "light"]
    ink = page.locator(".markdown h2, .markdown p").evaluate_all("all => all.map(e => getComputedStyle(e).color)")
    assert set(ink) <= {"rgb(29, 31, 33)", "rgb(92, 96, 102)"}
