"""dashboard_check.py URL TOKEN FOLDER PICTURE - uses the dashboard as a person does.

FOLDER/text holds the world's metrics; see live_harness.sh.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser  # noqa: E402

url, token, folder, picture = sys.argv[1:5]


def metric(name, pod, value):
    with open(f"{folder}/text/.new", "w", encoding="ascii") as out:
        out.write(f'{name}{{pod="{pod}"}} {value}\n')
    os.replace(f"{folder}/text/.new", f"{folder}/text/{name}-{pod}.prom")


page = Browser()
try:
    page.size(1200, 1500)
    page.open(url)
    # Without a token nothing is shown; one is asked for, and a wrong one is refused.
    page.until("document.getElementById('sign-in').open")
    page.click("#token")
    page.type("wrong")
    page.key("Enter", 13)
    page.until("document.getElementById('token-error').textContent.includes('not known')")
    page.until("document.getElementById('sign-in').open")
    page.click("#token")
    page.type(token)
    page.key("Enter", 13)
    page.until("!document.getElementById('sign-in').open")

    # Gauges: all well is green, with words for who does not see colours.
    page.until("document.getElementById('gauge-overall').classList.contains('green')")
    for part in ("compute", "network", "storage", "database", "security"):
        page.until(f"document.querySelector('#gauge-{part} canvas').getAttribute('aria-label') === '{part}: 100 of 100, green'")
    page.until("document.querySelector('#trend canvas').getAttribute('aria-label').startsWith('Overall score over 24 hours: ')")
    page.until("document.getElementById('connection').textContent === 'live'")
    assert page.run("document.getElementById('toggle-dry').getAttribute('aria-pressed')") == "true"

    # In a dry run an issue is shown with its plan; the event stream brings it.
    metric("test_memory_ratio", "web", 0.95)
    page.until("document.querySelectorAll('#issue-rows tr').length === 1")
    row = "document.querySelector('#issue-rows tr').innerText"
    for text in ("high", "high_memory", "pod/shop/web", "more_memory: dry_run"):
        page.until(f"{row}.includes('{text}')")
    page.until("document.getElementById('gauge-compute').classList.contains('yellow')")  # 75 of 100

    # Told to act by the keyboard: Tab to the switch, space.
    page.run("document.getElementById('toggle-auto').focus()")
    page.key("Tab", 9)
    assert page.run("document.activeElement.id") == "toggle-dry", "Tab does not reach the switch"
    page.key(" ", 32)
    page.until("document.getElementById('toggle-dry').getAttribute('aria-pressed') === 'false'")
    page.until("document.querySelectorAll('#timeline .success').length === 3")
    page.until("document.querySelectorAll('#issue-rows tr').length === 0 && !document.getElementById('no-issues').hidden")

    # The timeline: details, filters, roll back.
    page.run("document.querySelector('#timeline details:has(.success) summary').focus()")
    page.key("Enter", 13)
    page.until("document.querySelector('#timeline details:has(.success)').open")
    page.until("document.querySelector('#timeline details[open]').innerText.includes('raise_memory_limit on pod/shop/web: succeeded')")
    page.click("#timeline details[open] button")
    page.until("document.querySelector('#timeline details[open]').innerText.includes('undo: lower_memory_limit')")
    total = page.run("document.querySelectorAll('#timeline li').length")
    page.run("document.getElementById('filter-status').value = 'dry_run'; document.getElementById('filters').dispatchEvent(new Event('input'))")
    page.until("[...document.querySelectorAll('#timeline .badge')].every((e) => e.textContent === 'dry_run')")
    assert 0 < page.run("document.querySelectorAll('#timeline li').length") < total, "the filter leaves all"
    page.run("document.getElementById('filter-status').value = ''; document.getElementById('filters').dispatchEvent(new Event('input'))")

    # What needs a yes gets one by a click.
    metric("test_asked_ratio", "web", 0.95)
    page.until("[...document.querySelectorAll('#issue-rows button')].some((e) => e.textContent === 'Approve')")
    assert page.run("document.querySelector('#issue-rows button').getAttribute('aria-label').startsWith('Approve the remedy of issue')")
    page.click("#issue-rows button")
    page.until("document.querySelectorAll('#issue-rows tr').length === 0")

    # A no by the keyboard.
    metric("test_asked_ratio", "db", 0.95)
    page.until("[...document.querySelectorAll('#issue-rows button')].some((e) => e.textContent === 'Deny')")
    page.run("[...document.querySelectorAll('#issue-rows button')].find((e) => e.textContent === 'Deny').focus()")
    page.key("Enter", 13)
    page.until("document.querySelectorAll('#timeline .denied').length === 1")
    metric("test_asked_ratio", "db", 0.1)
    page.until("document.querySelectorAll('#issue-rows tr').length === 0")

    # Held back by the form, listed, resumed by a click; what nobody knows is refused in words.
    page.run("document.getElementById('pause-resource').focus()")
    page.type("pod/shop/nobody")
    page.key("Enter", 13)
    page.until("document.getElementById('banner').textContent.includes('no such')")
    page.run("document.getElementById('pause-resource').value = ''; document.getElementById('pause-resource').focus()")
    page.type("pod/shop/web")
    page.run("document.getElementById('pause-cause').value = 'deploy'")
    page.run("document.getElementById('pause-minutes').value = 10")
    page.click("#pause-form button")
    page.until("document.getElementById('pauses').innerText.includes('pod/shop/web, for a deploy, until ')")
    metric("test_memory_ratio", "web", 0.95)
    page.until("document.querySelectorAll('#issue-rows tr').length === 1")
    time.sleep(2)
    assert page.run("document.querySelectorAll('#issue-rows tr').length") == 1, "it heals what is held back"
    page.click("#pauses button")
    page.until("!document.getElementById('no-pauses').hidden")
    page.until("document.querySelectorAll('#issue-rows tr').length === 0")
    page.until("document.getElementById('suggestions').children.length > 0 || !document.getElementById('no-suggestions').hidden")

    # Statistics by window: what is three days old is not in 24 h, what is ten is not in 7 d.
    figure = "Number([...document.querySelectorAll('#statistics div')].find((e) => e.innerText.includes('%s')).querySelector('dd').innerText)"
    page.until("document.getElementById('statistics').innerText.includes('Success rate')")
    day = page.run(figure % "Issues")
    page.click("input[name=window][value='168']")
    page.until(f"{figure % 'Issues'} === {day + 1}")
    page.click("input[name=window][value='720']")
    page.until(f"{figure % 'Issues'} === {day + 2}")
    page.click("input[name=window][value='24']")
    page.until(f"{figure % 'Issues'} === {day}")
    good = page.run(figure % "Successful")
    assert good >= 2, f"{good} successes in 24 h"
    page.run("document.getElementById('cost-minutes').value = 90; document.getElementById('cost-person').value = 10;"
             "document.getElementById('savings').dispatchEvent(new Event('input'))")
    assert f"People's work saved: {15 * good}." in page.run("document.getElementById('saved').textContent"), "the work saved"
    page.click("input[name=window][value='720']")
    page.until(f"document.getElementById('saved').textContent.includes(\"People's work saved: {15 * (good + 2)}.\")")

    # What they are worth.
    page.until("document.getElementById('statistics').innerText.includes('Success rate')")
    page.click("input[name=window][value='720']")
    page.until("document.querySelector('#mttr canvas').getAttribute('aria-label').startsWith('healed by selfheal: ')")
    before = page.run("document.getElementById('saved').textContent")
    page.run("document.getElementById('cost-minutes').value = 60; document.getElementById('savings').dispatchEvent(new Event('input'))")
    assert page.run("document.getElementById('saved').textContent") != before, "the calculator does not calculate"

    # Switched off by a click.
    page.click("#toggle-auto")
    page.until("document.getElementById('toggle-auto').textContent === 'Auto-remediation off'")
    page.picture(picture)

    # Everything that can be used has a name, and nothing is wider than a phone.
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    nameless = [node["role"]["value"] for node in nodes
                if node.get("role", {}).get("value") in ("button", "textbox", "combobox", "radio", "searchbox", "spinbutton")
                and not node.get("ignored") and not node.get("name", {}).get("value")]
    assert not nameless, f"without a name: {nameless}"
    page.size(390, 844)
    page.until("document.documentElement.scrollWidth <= 390", 5)
    outside = page.run("performance.getEntriesByType('resource').filter((e) => !e.name.startsWith(location.origin) && !e.name.startsWith('data:')).length")
    assert outside == 0, "it asks other servers"
    errors = [entry for entry in page.logs if "401" not in str(entry) and "/pause" not in str(entry)]  # asked for above
    assert not errors, f"errors in the console: {errors}"
finally:
    page.close()
print("ok")
