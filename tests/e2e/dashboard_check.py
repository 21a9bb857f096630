"""dashboard_check.py URL TOKEN FOLDER PICTURE - uses the dashboard as a person does.

FOLDER/text holds the world's metrics; see live_harness.sh.
"""
import os
import sys

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
        page.until(f"document.querySelector('#gauge-{part} svg').getAttribute('aria-label') === '{part}: 100 of 100, green'")
    page.until("document.querySelector('#trend polyline').getAttribute('points').includes(',')")
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
    page.until("document.querySelectorAll('#timeline .success').length === 1")
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

    # Statistics and what they are worth.
    page.until("document.getElementById('statistics').innerText.includes('Success rate')")
    page.click("input[name=window][value='720']")
    page.until("document.querySelector('#mttr svg').getAttribute('aria-label').startsWith('healed by selfheal: ')")
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
    errors = [entry for entry in page.logs if "401" not in str(entry)]
    assert not errors, f"errors in the console: {errors}"
finally:
    page.close()
print("ok")
