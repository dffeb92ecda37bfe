"""The explorer as a reader uses it: by mouse, by keyboard, on a phone, in the dark, by a link, without a network."""

import pytest
from explorer import SEARCHERS

from nastutor.plots.style import SEARCHER_MARKERS, SEARCHER_STYLES

pytestmark = pytest.mark.site

LONGEST = 1_500_000  # bytes
ADDRESS = (
    "#table=cifar100&architecture=303101&seed=4&searched=1&noise=0.6&at=120&race=1&seen=1&mine=303101.333331",
    "#table=cora&architecture=0+0+1+2+gcn+gat+fc+sage&seed=0&searched=0&noise=0&at=80",
)
STATE = "() => JSON.stringify(state)"
OVERFLOWING = """
() => [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest(".spoken, thead"))
    .map((element) => element.tagName + " " + element.textContent.slice(0, 60))
"""
CONTRAST = """
() => {
    const light = (colour) => {
        const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
        const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const paper = (element) => {
        const own = getComputedStyle(element).backgroundColor;
        return own === "rgba(0, 0, 0, 0)" && element.parentElement ? paper(element.parentElement) : own;
    };
    const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return [...document.querySelectorAll("body *:not(option, optgroup, script)")]
        .filter((element) => hasText(element) && element.getClientRects().length)
        .filter((element) => !element.matches(":disabled, :disabled *"))
        .map((element) => {
            const style = getComputedStyle(element);
            const a = light(element.namespaceURI.endsWith("svg") ? style.fill : style.color);
            const b = light(paper(element));
            return [element.textContent.slice(0, 40), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
        })
        .filter(([, contrast]) => contrast < 4.5);
}
"""


@pytest.fixture
def open_page(chromium, page_file):
    """Open the page in a new tab without a network; no script may fail."""
    tabs, errors = [], []

    def open_page(hash="", width=1280, height=900, scheme="light"):
        tab = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        tab.context.set_offline(True)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("console", lambda message: message.type == "error" and errors.append(message.text))
        tab.on("request", lambda request: request.url.startswith(("file:", "data:")) or errors.append(request.url))
        tab.goto(page_file.as_uri() + hash)
        tabs.append(tab)
        return tab

    yield open_page
    for tab in tabs:
        tab.close()
    assert errors == []


def written(tab):
    """The address that the page has written for its state."""
    tab.evaluate("() => keepAddress()")
    return tab.evaluate("() => location.hash")


def test_size_and_time_to_interact(page_file, open_page):
    assert page_file.stat().st_size <= LONGEST
    tab = open_page()
    session = tab.context.new_cdp_session(tab)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    tab.reload()
    milliseconds = tab.evaluate("() => performance.getEntriesByName('interactive')[0].startTime")
    metrics = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
    size, seconds = page_file.stat().st_size, metrics["TaskDuration"]
    print(f"{size / 1e6:.2f} MB, works after {milliseconds:.0f} ms, of which {1000 * seconds:.0f} ms of its processor")


def test_click_an_edge(open_page):
    tab = open_page("#architecture=000000")
    edge = tab.get_by_role("spinbutton", name="Edge 1 → 2")
    assert edge.get_attribute("aria-valuetext") == "none, without effect"
    edge.click()
    assert edge.get_attribute("aria-valuetext") == "skip connection, without effect"
    assert "architecture=001000" in written(tab)


def test_edges_by_keyboard(open_page):
    tab = open_page("#architecture=000000")
    tab.get_by_role("spinbutton", name="Edge in → 1").focus()
    for key in [
        "ArrowUp",
        "ArrowUp",
        "ArrowRight",
        "ArrowDown",
        "End",
        "3",
        "ArrowRight",
        "ArrowLeft",
        "Enter",
        "Home",
        " ",
    ]:
        tab.keyboard.press(key)
    assert "architecture=340004" in written(tab)
    assert "340004" in tab.locator("#spoken").text_content()
    tab.keyboard.press("e")
    assert "mine=340004" in written(tab)


def test_all_controls_are_reached_by_tab(open_page):
    tab = open_page()
    tab.locator("#table").focus()
    reached = set()
    for _ in range(200):
        reached.add(tab.evaluate("() => document.activeElement.id || document.activeElement.className.baseVal"))
        tab.keyboard.press("Tab")
    assert reached >= {"table", "edge", "evaluate", "random", "at", "step", "back", "play", "noise", "searched", "seed"}
    assert reached >= {"race", "show-seen", "link", "copy"}


def test_a_pressed_neighbor_keeps_the_focus(open_page):
    tab = open_page("#architecture=000000")
    group = tab.get_by_role("group", name="1 → out", exact=True)
    group.get_by_role("button").nth(3).focus()
    tab.keyboard.press("Enter")
    assert "architecture=000030" in written(tab)
    assert tab.evaluate("() => document.activeElement.dataset.key") == "4 3"
    assert tab.evaluate("() => document.activeElement.getAttribute('aria-pressed')") == "true"


def test_everything_has_a_name(open_page):
    for hash in ("", "#table=cora"):
        tab = open_page(hash)
        nameless = """
        () => [...document.querySelectorAll("button, select, input, a, [tabindex]")]
            .filter((e) => !(e.getAttribute("aria-label") || e.textContent.trim() || e.labels?.length))
            .map((e) => e.outerHTML)
        """
        assert tab.evaluate(nameless) == []


@pytest.mark.parametrize("address", ADDRESS)
def test_a_link_keeps_the_state(address, open_page):
    tab = open_page(address)
    first = tab.evaluate(STATE)
    hash = written(tab)
    assert open_page(hash).evaluate(STATE) == first
    for part in address.removeprefix("#").replace("at=120", "at=2").split("&"):  # in a race it keeps in step
        assert part in hash


def test_a_damaged_link_opens_what_is_left_of_it(open_page):
    tab = open_page("#table=nothing&architecture=999999&seed=-1&searched=7&noise=x&at=1e9&mine=1.2.303101")
    state = tab.evaluate("() => state")
    assert (state["table"], state["seed"], state["searched"], state["noise"], state["at"]) == ("cifar10", 0, 0, 0, 50)
    assert state["mine"] == [tab.evaluate("() => tables.cells.parse('303101')")]


def test_a_changed_address_is_followed(open_page):
    tab = open_page()
    tab.evaluate("(hash) => { location.hash = hash; }", ADDRESS[1])
    tab.wait_for_function("() => state.table === 'cora'")
    assert tab.locator("#editor select").count() == 8


def test_step_play_and_drag(open_page):
    tab = open_page("#at=10")
    tab.get_by_role("button", name="One evaluation on").click()
    assert tab.locator("#at-shown").text_content() == "11"
    tab.get_by_role("button", name="Play").click()
    tab.wait_for_function("() => state.at > 13")
    tab.get_by_role("button", name="Pause").click()
    stopped = tab.evaluate("() => state.at")
    tab.wait_for_timeout(500)
    assert tab.evaluate("() => state.at") == stopped
    before = tab.locator("#curse-says").text_content()
    tab.locator("#noise").focus()
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("() => state.noise") == 0.1
    assert tab.locator("#curse-says").text_content() != before


def test_more_noise_more_curse(open_page):
    tab = open_page("#table=cifar100")
    gaps = tab.evaluate("() => [0, 0.5, 1, 2].map((noise) => { set({ noise }); return averageCurse(100); })")
    assert gaps == sorted(gaps)
    assert gaps[0] < 0.5 < 1.5 < gaps[-1]
    more = tab.evaluate("() => [1, 10, 100, 1000].map((n) => averageCurse(n))")
    assert more == sorted(more)


def test_a_race_hides_what_is_not_paid_for(open_page):
    tab = open_page("#architecture=303101")
    tab.locator("#race").check()
    assert tab.locator("#facts td").all_text_contents() == ["?"] * 15
    assert set(tab.locator("#neighbors .value").all_text_contents()) == {"?"}
    tab.locator("#evaluate").click()
    assert "?" not in tab.locator("#facts td").all_text_contents()
    assert tab.evaluate("() => state.at") == 1
    rows = tab.locator("#race-table tbody tr").all_text_contents()
    assert len(rows) == 5 and not any("–" in row for row in rows)


def test_accuracies_of_equals_are_explained_where_there_are_equals(open_page):
    tab = open_page("#architecture=303101")
    assert tab.locator("#equivalents-note").is_visible()
    tab.evaluate("() => open(tables.cells.parse('304302'))")
    assert tab.locator("#equivalents .chip").count() == 1
    assert not tab.locator("#equivalents-note").is_visible()


def test_an_evaluation_is_confirmed_beside_its_button(open_page):
    tab = open_page()
    assert tab.locator("#paid").text_content() == ""
    tab.locator("#evaluate").click()
    assert tab.locator("#paid").text_content().startswith("You have evaluated 1")


def test_copying_the_link_says_whether_it_worked(open_page):
    tab = open_page()
    for write, said in (("resolve", "Copied"), ("reject", "Not allowed")):
        tab.evaluate(f"() => {{ navigator.clipboard.writeText = () => Promise.{write}(); }}")
        tab.locator("#copy").click()
        tab.wait_for_function("(said) => document.querySelector('#copy').textContent.startsWith(said)", arg=said)
        tab.locator("#random").click()
        assert tab.locator("#copy").text_content() == "Copy it"


def test_a_difference_below_zero_is_said_in_words(open_page):
    tab = open_page("#searched=1&at=1")  # seed 1 has, over all cells, the smaller numbers
    assert "points more." in tab.locator("#curse-says").text_content()
    assert tab.evaluate("() => [-0.001, 0, 1.25, -1.25].map(signed)") == ["0.00", "0.00", "1.25", "−1.25"]


def test_graphs_are_built_by_choices(open_page):
    tab = open_page("#table=arxiv&architecture=0+0+1+2+gcn+gat+fc+sage")
    tab.get_by_label("Node 3 takes", exact=True).select_option("node 2")
    tab.get_by_label("Node 1 does", exact=True).select_option("cheb")
    assert "architecture=0+0+2+2+cheb+gat+fc+sage" in written(tab)
    tab.get_by_label("Trained on").select_option("Coauthor CS")
    assert "architecture=0+0+2+2+cheb+gat+fc+sage" in written(tab)
    tab.get_by_label("Trained on").select_option("CIFAR-10")
    assert "architecture=303101" in written(tab)


@pytest.mark.parametrize("width", [320, 360, 720])
@pytest.mark.parametrize("hash", ["", *ADDRESS])
def test_nothing_is_wider_than_the_screen(hash, width, open_page):
    """Small and large phones, a tablet; 1,280 points at 400 % are as wide as the smallest."""
    tab = open_page(hash, width=width, height=740)
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= width
    assert tab.evaluate(OVERFLOWING) == []


def test_a_phone_that_hides_its_address_bar_draws_nothing_again(open_page):
    tab = open_page(width=390, height=740)
    tab.evaluate("() => { document.querySelector('#race-chart svg').id = 'drawn'; }")
    tab.set_viewport_size({"width": 390, "height": 800})
    tab.wait_for_function("() => innerHeight === 800")
    assert tab.locator("#drawn").count() == 1
    tab.set_viewport_size({"width": 740, "height": 390})
    tab.wait_for_function("() => !document.querySelector('#drawn')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("hash", ["", *ADDRESS])
def test_text_can_be_read_in_both_themes(scheme, hash, open_page):
    tab = open_page(hash, scheme=scheme)
    shade = tab.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (shade == "rgb(255, 255, 255)") == (scheme == "light")
    assert tab.evaluate(CONTRAST) == []


def test_searchers_look_as_in_the_lessons(open_page):
    looks = open_page().evaluate("() => page.searchers")
    assert [look["class"] for look in looks] == list(SEARCHERS)
    for look in looks:
        assert look["colour"] == SEARCHER_STYLES[look["class"]][0]
        assert look["marker"] == SEARCHER_MARKERS[look["class"]]
