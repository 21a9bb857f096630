// dashboard.js - shows what the API says and does what people click. Live by
// server-sent events; a token, where one is needed, stays in this tab.
"use strict";

const API = "/api/self-healing/";
const COMPONENTS = ["compute", "network", "storage", "database", "security"];
const TYPES = ["pod_crash", "high_cpu", "high_memory", "disk_full", "network_latency", "database_slow",
  "certificate_expiry", "security_vulnerability", "config_drift"];
const at = (id) => document.getElementById(id);
const shown = { remediations: [], issues: [], statistics: null };

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function span(seconds) {
  if (seconds === null || seconds === undefined) return "-";
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 7200) return `${Math.round(seconds / 6) / 10} min`;
  return seconds < 172800 ? `${Math.round(seconds / 360) / 10} h` : `${Math.round(seconds / 8640) / 10} d`;
}

function headers() {
  const token = sessionStorage.getItem("selfheal-token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}

function askForToken(why) {
  at("token-error").textContent = why;
  if (!at("sign-in").open) at("sign-in").showModal();
}

async function call(path, method = "GET", body = undefined) {
  const answer = await fetch(path, { method, headers: headers(), body: body && JSON.stringify(body) });
  if (answer.status === 401) {
    askForToken(sessionStorage.getItem("selfheal-token") ? "This token is not known." : "");
    throw new Error("a token is needed");
  }
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error || said.reason || `HTTP ${answer.status}`);
  return said;
}

// What is wrong now is said anew with each refresh; what came of a click stays until the next.
const banner = { state: "", click: "" };
function say(which, text) {
  banner[which] = text;
  at("banner").textContent = Object.values(banner).filter((one) => one).join("; ");
}

async function act(path, body) {
  let done = true;
  try {
    await call(API + path, "POST", body);
    say("click", "");
  } catch (error) {
    say("click", error.message);
    done = false;
  }
  refresh();
  return done;
}

function button(text, label, path, body) {
  return element("button", { type: "button", textContent: text, ariaLabel: label, onclick: () => act(path, body) });
}

function pauseItem(pause) {
  const where = pause.resource ?? "everything";
  const until = pause.until ? `until ${new Date(pause.until).toLocaleString()}` : "until it is resumed";
  return element("li", {}, `${where}, for a ${pause.cause}, ${until}, by ${pause.actor}${pause.reason ? `: ${pause.reason}` : ""} `,
    button("Resume", `Resume ${where}`, "resume", pause.resource ? { resource: pause.resource } : {}));
}

function showPauses(pauses) {
  at("no-pauses").hidden = pauses.length > 0;
  keepFocus(at("pauses"), pauses.map(pauseItem));
}

async function pause() {
  const body = { cause: at("pause-cause").value, reason: at("pause-reason").value.trim() };
  const resource = at("pause-resource").value.trim(), minutes = Number(at("pause-minutes").value);
  if (resource) body.resource = resource;
  if (minutes > 0) body.seconds = minutes * 60;
  if (await act("pause", body)) at("pause-form").reset();
}

function showSuggestions(suggestions) {
  at("no-suggestions").hidden = suggestions.length > 0;
  at("suggestions").replaceChildren(...suggestions.map((one) => element("li", { textContent: one.text })));
}

function showState(state) {
  at("name").textContent = state.name;
  at("toggle-auto").setAttribute("aria-pressed", state.auto_remediation);
  at("toggle-dry").setAttribute("aria-pressed", state.dry_run);
  at("toggle-auto").textContent = `Auto-remediation ${state.auto_remediation ? "on" : "off"}`;
  at("toggle-dry").textContent = `Dry run ${state.dry_run ? "on" : "off"}`;
  const down = state.sources.filter((source) => !source.good).map((source) => `${source.name} does not answer: ${source.error}`);
  if (state.degraded) down.push("watching only: what is decided cannot be kept");
  say("state", down.join("; "));
}

function showHealth(health) {
  charts.gauge(at("gauge-overall"), "overall", health.overall_score);
  for (const part of COMPONENTS) charts.gauge(at(`gauge-${part}`), part, health[`${part}_score`]);
}

function remedyOf(issue) {
  const remedy = issue.remediation;
  if (!remedy) return "none yet";
  return remedy.status === "running" && remedy.gate ? `waits: ${remedy.gate}` : `${remedy.action_type}: ${remedy.status}`;
}

// What a person may say to an issue.
function issueButtons(issue) {
  const gate = issue.remediation && issue.remediation.status === "running" ? issue.remediation.gate : null;
  if (gate === "approval") {
    return [button("Approve", `Approve the remedy of issue ${issue.id}`, `approve/${issue.id}`), " ",
      button("Deny", `Deny the remedy of issue ${issue.id}`, `deny/${issue.id}`)];
  }
  const made = [button("Remediate", `Remediate issue ${issue.id} now`, `manual-remediate/${issue.id}`)];
  if (issue.remediation?.gate === "frozen") made.push(" ", button("Thaw", `Thaw ${issue.resource}`, "thaw", { resource: issue.resource }));
  return made;
}

function issueRow(issue) {
  const age = (Date.now() - Date.parse(issue.detected_at)) / 1000;
  const row = element("tr", {},
    element("td", {}, element("span", { className: `badge ${issue.severity}`, textContent: issue.severity })),
    element("td", { textContent: issue.type, title: issue.description }),
    element("td", { textContent: issue.resource }),
    element("td", { textContent: span(age) }),
    element("td", { textContent: remedyOf(issue) }),
    element("td", {}, ...issueButtons(issue)));
  row.dataset.issue = issue.id;
  return row;
}

function showIssues(issues) {
  shown.issues = issues;
  at("issue-count").textContent = issues.length;
  at("no-issues").hidden = issues.length > 0;
  keepFocus(at("issue-rows"), issues.map(issueRow));
}

// Replaces the rows without taking the focus from the button that has it.
function keepFocus(place, rows) {
  const label = place.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
  place.replaceChildren(...rows);
  if (label) [...place.querySelectorAll("[aria-label]")].find((one) => one.getAttribute("aria-label") === label)?.focus();
}

function remediationItem(remedy) {
  const took = remedy.completed_at ? span((Date.parse(remedy.completed_at) - Date.parse(remedy.started_at)) / 1000) : "at work";
  const details = element("details", {},
    element("summary", {},
      element("span", { className: `badge ${remedy.status}`, textContent: remedy.status }), " ",
      `${remedy.action_type} for ${remedy.type} on ${remedy.resource} `,
      element("span", { className: "what", textContent: `${new Date(remedy.started_at).toLocaleString()}, ${took}` })),
    element("p", { textContent: remedy.description + (remedy.error_message ? `. ${remedy.error_message}` : "") }),
    element("ul", {}, ...remedy.actions.map((action) => element("li", {
      textContent: `${action.rollback ? "undo: " : ""}${action.kind} on ${action.target}: ${action.outcome ?? "under way"}`,
    }))));
  details.dataset.remediation = remedy.id;
  details.open = document.querySelector(`details[data-remediation="${remedy.id}"]`)?.open ?? false;
  if (remedy.success && !remedy.rollback_performed)
    details.append(button("Roll back", `Roll back remediation ${remedy.id}`, `rollback/${remedy.id}`));
  return element("li", {}, details);
}

function showRemediations() {
  const status = at("filter-status").value, type = at("filter-type").value;
  const resource = at("filter-resource").value.trim().toLowerCase();
  const some = shown.remediations.filter((remedy) => (!status || remedy.status === status) &&
    (!type || remedy.type === type) && remedy.resource.toLowerCase().includes(resource));
  at("no-remediations").hidden = some.length > 0;
  keepFocus(at("timeline"), some.map(remediationItem));
}

function showSavings() {
  const figures = shown.statistics, out = at("saved");
  const [hour, person, minutes] = ["cost-hour", "cost-person", "cost-minutes"].map((id) => Number(at(id).value));
  if (!figures) return;
  const work = figures.successful_remediations * minutes / 60 * person;
  const faster = figures.mttr_others_seconds !== null && figures.mttr_remediated_seconds !== null
    ? figures.successful_remediations * (figures.mttr_others_seconds - figures.mttr_remediated_seconds) / 3600 * hour : null;
  const money = (value) => value.toLocaleString(undefined, { maximumFractionDigits: 2 });
  out.textContent = `People's work saved: ${money(work)}. Trouble saved: ${faster === null
    ? "not known, no issue went away without a remedy yet" : money(faster)}. Together: ${money(work + (faster ?? 0))}.`;
}

function showStatistics(figures) {
  const share = (value) => value === null ? "-" : `${Math.round(value * 1000) / 10} %`;
  const rows = [["Issues", figures.total_issues_detected], ["Remediations", figures.total_remediations],
    ["Successful", figures.successful_remediations], ["Failed or escalated", figures.failed_remediations],
    ["Success rate", share(figures.success_rate)], ["Mean remediation", span(figures.average_remediation_time)],
    ["Uptime gained", share(figures.uptime_improvement)], ["MTTR reduction", share(figures.mttr_reduction)]];
  shown.statistics = figures;
  at("statistics").replaceChildren(...rows.map(([name, value]) => element("div", {},
    element("dt", { textContent: name }), element("dd", { textContent: value }))));
  charts.bars(at("mttr"), [
    { label: "healed by selfheal", seconds: figures.mttr_remediated_seconds, text: span(figures.mttr_remediated_seconds), kind: "healed" },
    { label: "without it", seconds: figures.mttr_others_seconds, text: span(figures.mttr_others_seconds), kind: "others" }]);
  showSavings();
}

function hours() {
  return document.querySelector("input[name=window]:checked").value;
}

let refreshing = false, again = false;
async function refresh() {
  if (refreshing) { again = true; return; }
  refreshing = true;
  try {
    const [state, health, history, issues, remediations, figures, pauses, suggestions] = await Promise.all([
      call(`${API}state`), call(`${API}health-score`), call(`${API}health-history?hours=24`),
      call(`${API}issues?open=1&limit=200`), call(`${API}remediations?limit=200`), call(`${API}statistics?hours=${hours()}`),
      call(`${API}pauses`), call(`${API}suggestions`)]);
    showState(state);
    showHealth(health);
    charts.trend(at("trend"), history, 24);
    showIssues(issues);
    showPauses(pauses);
    showSuggestions(suggestions);
    shown.remediations = remediations;
    showRemediations();
    showStatistics(figures);
  } catch (error) {
    say("state", error.message);
  }
  refreshing = false;
  if (again) { again = false; refresh(); }
}

// EventSource cannot send a token; fetch can.
async function listen() {
  for (;;) {
    try {
      const answer = await fetch(`${API}events`, { headers: headers() });
      if (answer.status === 401) askForToken("");
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      at("connection").textContent = "live";
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) break;
        rest += value;
        const events = rest.split("\n\n");
        rest = events.pop();
        if (events.some((event) => event.includes("data: {"))) refresh();
      }
    } catch (error) {
      /* said by the word below */
    }
    at("connection").textContent = "not connected, trying again";
    await new Promise((go) => setTimeout(go, 3000));
  }
}

at("filter-type").append(...TYPES.map((type) => element("option", { textContent: type })));
at("toggle-auto").onclick = () => act("toggle-auto-remediation", { enabled: at("toggle-auto").getAttribute("aria-pressed") !== "true" });
at("toggle-dry").onclick = () => act("toggle-dry-run", { enabled: at("toggle-dry").getAttribute("aria-pressed") !== "true" });
at("filters").oninput = showRemediations;
at("filters").onsubmit = (event) => event.preventDefault();
at("pause-form").onsubmit = (event) => { event.preventDefault(); pause(); };
at("savings").oninput = showSavings;
at("savings").onsubmit = (event) => event.preventDefault();
document.querySelectorAll("input[name=window]").forEach((one) => { one.onchange = refresh; });
at("token-form").onsubmit = (event) => {
  event.preventDefault();
  sessionStorage.setItem("selfheal-token", at("token").value.trim());
  at("token").value = "";
  at("sign-in").close();
  refresh();
};
refresh();
listen();
setInterval(refresh, 15000);
