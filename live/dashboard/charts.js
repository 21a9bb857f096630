// charts.js - the three pictures of the dashboard, drawn as SVG: a gauge, a line, two bars.
"use strict";

const charts = (() => {
  const NS = "http://www.w3.org/2000/svg";

  function node(name, attributes, text) {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function colour(score) {
    return score === null ? "unknown" : score > 90 ? "green" : score >= 70 ? "yellow" : "red";
  }

  // A ring that is filled by score / 100, from the top, clockwise.
  function gauge(place, label, score) {
    const round = 2 * Math.PI * 50;
    const shown = score === null ? "no score yet" : `${Math.round(score)} of 100, ${colour(score)}`;
    const svg = node("svg", { viewBox: "0 0 120 140", role: "img", "aria-label": `${label}: ${shown}` });
    svg.append(node("circle", { class: "ring", cx: 60, cy: 60, r: 50, "stroke-width": 11 }));
    svg.append(node("circle", {
      class: "arc", cx: 60, cy: 60, r: 50, "stroke-width": 11, transform: "rotate(-90 60 60)",
      "stroke-dasharray": `${round * (score ?? 0) / 100} ${round}`,
    }));
    svg.append(node("text", { class: "score", x: 60, y: 70, "text-anchor": "middle" },
      score === null ? "-" : String(Math.round(score))));
    svg.append(node("text", { x: 60, y: 134, "text-anchor": "middle" }, label));
    place.className = `${place.className.replace(/ ?(green|yellow|red|unknown)/g, "")} ${colour(score)}`;
    place.dataset.score = score ?? "";
    place.replaceChildren(svg);
  }

  // points: [{timestamp, overall_score}], ascending; the last `hours`.
  function trend(place, points, hours) {
    const width = 900, height = 130, left = 30, bottom = 108, now = Date.now();
    const x = (at) => left + (width - left - 5) * (1 - (now - at) / (hours * 3600e3));
    const y = (score) => bottom - (bottom - 8) * score / 100;
    const good = points.filter((p) => p.overall_score !== null);
    const lowest = good.reduce((least, p) => Math.min(least, p.overall_score), 100);
    const said = good.length === 0 ? "no scores yet" : `lowest ${Math.round(lowest)}, now ${Math.round(good.at(-1).overall_score)}`;
    const svg = node("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Overall score over ${hours} hours: ${said}` });
    for (const score of [0, 70, 90]) {
      svg.append(node("line", { class: "axis", x1: left, x2: width - 5, y1: y(score), y2: y(score) }));
      svg.append(node("text", { x: left - 5, y: y(score) + 4, "text-anchor": "end" }, String(score)));
    }
    for (let back = hours; back >= 0; back -= hours / 4)
      svg.append(node("text", { x: x(now - back * 3600e3), y: height - 4, "text-anchor": back === 0 ? "end" : "middle" },
        back === 0 ? "now" : `-${back} h`));
    svg.append(node("polyline", {
      class: "trend",
      points: good.map((p) => `${x(Date.parse(p.timestamp)).toFixed(1)},${y(p.overall_score).toFixed(1)}`).join(" "),
    }));
    if (good.length > 0)
      svg.append(node("circle", { class: "now", cx: x(Date.parse(good.at(-1).timestamp)), cy: y(good.at(-1).overall_score), r: 3 }));
    place.replaceChildren(svg);
  }

  // rows: [{label, seconds or null, kind}]
  function bars(place, rows) {
    const most = Math.max(1e-9, ...rows.map((row) => row.seconds ?? 0));
    const svg = node("svg", {
      viewBox: `0 0 600 ${rows.length * 30}`, role: "img",
      "aria-label": rows.map((row) => `${row.label}: ${row.text}`).join("; "),
    });
    rows.forEach((row, i) => {
      svg.append(node("text", { x: 0, y: i * 30 + 19 }, row.label));
      svg.append(node("rect", { class: `bar-${row.kind}`, x: 170, y: i * 30 + 5, height: 20, width: 340 * (row.seconds ?? 0) / most }));
      svg.append(node("text", { x: 175 + 340 * (row.seconds ?? 0) / most, y: i * 30 + 19 }, row.text));
    });
    place.replaceChildren(svg);
  }

  return { gauge, trend, bars };
})();
