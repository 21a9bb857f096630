"""whole_check.py URL TOKEN PICTURE - a person watches the dashboard while four things break and heal."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from browser import Browser  # noqa: E402

url, token, picture = sys.argv[1:4]
HEALED = {"start_again": "pod/shop/worker", "clean_old_files": "volume/shop/disk", "add_index": "database/shop/orders",
          "renew": "certificate/shop/web"}

page = Browser()
try:
    page.size(1200, 1700)
    page.open(url)
    page.until("document.getElementById('sign-in').open")
    page.click("#token")
    page.type(token)
    page.key("Enter", 13)
    page.until("!document.getElementById('sign-in').open")
    page.until("document.getElementById('connection').textContent === 'live'")
    for strategy, resource in HEALED.items():
        page.until(f"""[...document.querySelectorAll('#timeline li')].some((e) => e.querySelector('.success')
            && e.innerText.includes('{resource}') && e.innerText.includes('{strategy}'))""", 100)
    page.until("document.querySelectorAll('#issue-rows tr').length === 0 && !document.getElementById('no-issues').hidden", 60)
    page.until("document.getElementById('gauge-overall').classList.contains('green')", 60)
    page.until("document.getElementById('banner').textContent === ''")
    page.picture(picture)
    errors = [entry for entry in page.logs if "401" not in str(entry)]
    assert not errors, f"errors in the console: {errors}"
finally:
    page.close()
print("ok")
