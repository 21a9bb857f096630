// charts.js - the three pictures of the dashboard, by Chart.js: a gauge, a line, two bars.
// What they show is in words, too: a canvas says nothing to who does not see it.
"use strict";

const charts = (() => {
  const drawn = new Map(); // place -> its chart
  const quiet = { animation: false, responsive: true, maintainAspectRatio: false, events: [], plugins: { legend: { display: false }, tooltip: { enabled: false } } };

  function ink(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  }

  function colour(score) {
    return score === null ? "unknown" : score > 90 ? "green" : score >= 70 ? "yellow" : "red";
  }

  // Draws what `picture` says into `place`; the same canvas is used again.
  function draw(place, words, picture) {
    let chart = drawn.get(place);
    if (!chart) {
      const canvas = document.createElement("canvas");
      canvas.setAttribute("role", "img");
      place.prepend(canvas);
      chart = new Chart(canvas, { type: picture.type, options: { ...quiet }, data: { labels: [], datasets: picture.data.datasets.map(() => ({ data: [] })) } });
      drawn.set(place, chart);
    }
    chart.data.labels = picture.data.labels ?? [];
    picture.data.datasets.forEach((set, i) => Object.assign(chart.data.datasets[i], set));
    chart.options = { ...quiet, ...picture.options };
    chart.canvas.setAttribute("aria-label", words);
    chart.update();
  }

  // A ring that is filled by score / 100, from the top, clockwise.
  function gauge(place, label, score) {
    const shown = score === null ? "no score yet" : `${Math.round(score)} of 100, ${colour(score)}`;
    if (place.children.length === 0) {
      place.append(Object.assign(document.createElement("p"), { className: "score" }),
        Object.assign(document.createElement("p"), { textContent: label }));
      for (const text of place.children) text.setAttribute("aria-hidden", "true"); // the canvas says it
    }
    place.querySelector(".score").textContent = score === null ? "-" : String(Math.round(score));
    place.className = `${place.className.replace(/ ?(green|yellow|red|unknown)/g, "")} ${colour(score)}`;
    place.dataset.score = score ?? "";
    draw(place, `${label}: ${shown}`, {
      type: "doughnut",
      data: { datasets: [{ data: [score ?? 0, 100 - (score ?? 0)], borderWidth: 0,
        backgroundColor: [ink(score === null ? "line" : colour(score)), ink("line")] }] },
      options: { cutout: "80%", aspectRatio: 1, maintainAspectRatio: true },
    });
  }

  // points: [{timestamp, overall_score}], ascending; the last `hours`.
  function trend(place, points, hours) {
    const now = Date.now();
    const good = points.filter((p) => p.overall_score !== null)
      .map((p) => ({ x: (Date.parse(p.timestamp) - now) / 3600e3, y: p.overall_score }));
    const lowest = good.reduce((least, p) => Math.min(least, p.y), 100);
    const said = good.length === 0 ? "no scores yet" : `lowest ${Math.round(lowest)}, now ${Math.round(good.at(-1).y)}`;
    const axis = { color: ink("quiet") };
    draw(place, `Overall score over ${hours} hours: ${said}`, {
      type: "line",
      data: { datasets: [{ data: good, borderColor: ink("blue"), backgroundColor: ink("blue"), borderWidth: 2,
        pointRadius: good.map((p, i) => i === good.length - 1 ? 3 : 0) }] },
      options: { clip: false, layout: { padding: { top: 4, right: 8 } }, scales: {
        x: { type: "linear", min: -hours, max: 0, grid: { display: false },
          ticks: { ...axis, stepSize: hours / 4, callback: (back) => back === 0 ? "now" : `${back} h` } },
        y: { min: 0, max: 100, grid: { color: ink("line") }, afterBuildTicks: (scale) => { scale.ticks = [0, 70, 90].map((value) => ({ value })); },
          ticks: { ...axis, autoSkip: false } } } },
    });
  }

  // rows: [{label, seconds or null, text, kind}]
  function bars(place, rows) {
    const axis = { color: ink("quiet") };
    draw(place, rows.map((row) => `${row.label}: ${row.text}`).join("; "), {
      type: "bar",
      data: { labels: rows.map((row) => `${row.label}: ${row.text}`), datasets: [{ data: rows.map((row) => row.seconds ?? 0), barThickness: 20,
        backgroundColor: rows.map((row) => ink(row.kind === "healed" ? "green" : "quiet")) }] },
      options: { indexAxis: "y", scales: { x: { display: false, min: 0 }, y: { grid: { display: false }, border: { display: false }, ticks: axis } } },
    });
  }

  return { gauge, trend, bars };
})();
