  const BINS = 24;
  const at = (id) => document.getElementById(id);
  const list = at("trace-list");
  const traces = [...list.children].map((element) => ({
    element,
    id: element.id.slice("trace-".length),
    status: element.dataset.status,
    path: new Set(element.dataset.path.split(" ")),
    time: Number(element.dataset.time),
    seconds: Number(element.dataset.seconds),
    severity: Number(element.dataset.severity),
  }));
  const field = at("filter-text");
  const links = [...document.querySelectorAll("[data-filter]")];
  const make = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  // ---- The state, which the address says: #q=…&status=…&path=…&duration=…&trace=…&segment=…
  const EMPTY = { q: "", status: "", path: "", duration: "", sort: "time", trace: "", segment: "" };
  let state = { ...EMPTY };

  function read() {
    const hash = location.hash.slice(1);
    const given = new URLSearchParams(hash.replace(/^trace-/, "trace="));
    return Object.fromEntries(Object.entries(EMPTY).map(([name, none]) => [name, given.get(name) ?? none]));
  }

  function go(changes, replace = false) {
    state = { ...state, ...changes };
    const said = Object.entries(state).filter(([name, value]) => value !== EMPTY[name]);
    const hash = `#${new URLSearchParams(said)}`;
    if (hash !== (location.hash || "#")) history[replace ? "replaceState" : "pushState"](null, "", hash);
    show();
  }

  if (traces.length) findExamples();
  for (const query of examples) {
    const button = make("button", { type: "button", textContent: query });
    button.addEventListener("click", () => { go({ q: query }); field.focus(); });
    at("examples").append(button, " ");
  }

  const chips = STATUSES.map((status) => {
    const count = make("span");
    const button = make("button", { type: "button", className: `chip ${status}` }, `${status} `, count);
    button.addEventListener("click", () => {
      const chosen = new Set(state.status.split(",").filter(Boolean));
      chosen.delete(status) || chosen.add(status);
      go({ status: [...chosen].join(",") });
    });
    return { status, button, count };
  });
  at("chips").append(...chips.map((chip) => chip.button));

  // ---- Latency: bars of equal ratios; the two ends of the range are sliders, and a drag sets both.
  const positive = traces.map((trace) => trace.seconds).filter((seconds) => seconds > 0);
  const low = Math.min(...positive) * 0.999;
  const ratio = (Math.max(...positive) * 1.001) / low;
  const edge = (bin) => low * ratio ** (bin / BINS);
  const bin = (seconds) => Math.min(BINS - 1, Math.max(0, Math.floor((Math.log(seconds / low) / Math.log(ratio)) * BINS)));
  const digits = new Intl.NumberFormat("en", { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
  const spell = (seconds) => (seconds < 0.9995 ? `${digits.format(seconds * 1000)} ms` : `${digits.format(seconds)} s`);
  const bars = at("bars");
  const [from, to] = [at("latency-from"), at("latency-to")];
  const columns = Array.from({ length: BINS }, () => make("span", { className: "column" }));
  if (positive.length > 1) {
    bars.append(...columns);
    at("latency").hidden = false;
  }
  const range = () => (state.duration ? state.duration.split("-").map(Number) : [0, BINS]);

  function choose(one, other, replace) {
    const [first, last] = [Math.min(one, other), Math.max(one, other)];
    go({ duration: first <= 0 && last >= BINS ? "" : `${first}-${last}` }, replace);
  }
  from.addEventListener("input", () => choose(Math.min(from.value, BINS - 1), Math.max(Number(from.value) + 1, to.value), true));
  to.addEventListener("input", () => choose(Math.min(from.value, to.value - 1), Math.max(1, to.value), true));
  let dragged = null;
  const binAt = (event) => {
    const place = bars.getBoundingClientRect();
    return Math.min(BINS - 1, Math.max(0, Math.floor(((event.clientX - place.left) / place.width) * BINS)));
  };
  const drag = (event) => choose(Math.min(dragged, binAt(event)), Math.max(dragged, binAt(event)) + 1, true);
  bars.addEventListener("pointerdown", (event) => {
    dragged = binAt(event);
    bars.setPointerCapture(event.pointerId);
    choose(dragged, dragged + 1, false);
  });
  bars.addEventListener("pointermove", (event) => dragged !== null && drag(event));
  for (const end of ["pointerup", "pointercancel"]) bars.addEventListener(end, () => { dragged = null; });

  // ---- Showing the state.
  let shownQuery = null;
  let wanted = () => true;
  let problem = "";
  let shownSort = "time";
  function show() {
    if (state.q !== shownQuery) {
      shownQuery = state.q;
      if (field.value !== state.q) field.value = state.q;
      problem = "";
      try {
        wanted = parse(state.q);
      } catch (error) {
        problem = error.message;
        wanted = () => false;
      }
      field.setAttribute("aria-invalid", String(problem !== ""));
      at("filter-problem").textContent = problem;
    }
    const statuses = state.status.split(",").filter(Boolean);
    const [first, last] = range();
    const counts = {};
    const heights = columns.map(() => [0, 0]);
    let count = 0;
    let through = 0;
    for (const trace of traces) {
      const passes = !state.path || trace.path.has(state.path);
      const found = passes && wanted(trace);
      through += passes ? 1 : 0;
      const column = bin(trace.seconds);
      const within = !state.duration || (column >= first && column < last);
      const right = !statuses.length || statuses.includes(trace.status);
      if (found && within && trace.status) counts[trace.status] = (counts[trace.status] ?? 0) + 1;
      if (found && right) heights[column][0] += 1;
      if (found && right && trace.status === "fault") heights[column][1] += 1;
      const hidden = !(found && within && right);
      if (trace.element.hidden !== hidden) trace.element.hidden = hidden;
      count += hidden ? 0 : 1;
    }
    for (const chip of chips) {
      chip.count.textContent = counts[chip.status] ?? 0;
      chip.button.setAttribute("aria-pressed", String(statuses.includes(chip.status)));
    }
    const tallest = Math.max(1, ...heights.map(([all]) => all));
    columns.forEach((column, index) => {
      const [all, faults] = heights[index];
      column.style.setProperty("--height", `${(all / tallest) * 100}%`);
      column.style.setProperty("--share", String(all ? faults / all : 0));
      column.classList.toggle("outside", index < first || index >= last);
      column.title = `${spell(edge(index))} to ${spell(edge(index + 1))}: ${all}, of these ${faults} fault`;
    });
    if (positive.length > 1) {
      [from.value, to.value] = [first, last];
      from.ariaValueText = spell(edge(first));
      to.ariaValueText = spell(edge(last));
      at("latency-range").textContent = `${spell(edge(first))} to ${spell(edge(last))}`;
    }
    for (const link of links) {
      const chosen = link.dataset.filter === state.path;
      link.classList.toggle("chosen", chosen);
      link.setAttribute("aria-pressed", String(chosen));
    }
    const label = links.find((link) => link.dataset.filter === state.path)?.dataset.label ?? "what isn’t here";
    at("clear-path").hidden = !state.path;
    at("clear-path").replaceChildren("Through ", make("bdi", { textContent: label }), " ✕");
    at("show-all")?.toggleAttribute("hidden", !state.path);
    const told = through < traces.length ? `Showing the ${through} of ${traces.length} traces through ` : through === 1 ? "The trace goes through " : `All ${through} traces go through `;
    const rest = count === through ? "." : `; ${count} of them match${count === 1 ? "es" : ""} the other filters.`;
    at("through")?.replaceChildren(...(state.path ? [told, make("bdi", { textContent: label }), rest] : []));
    at("clear-all").hidden = !(state.q || state.status || state.path || state.duration);
    at("shown-count").textContent = `${count} of ${traces.length} shown` + (state.path && count === traces.length ? `: all go through ${label}` : "");
    at("nothing").hidden = count > 0 || !traces.length || problem !== "";
    if (at("sort-order").value !== state.sort) at("sort-order").value = state.sort;
    if (state.sort !== shownSort && ["time", "seconds", "severity"].includes(state.sort)) {
      shownSort = state.sort;
      traces.sort((one, other) => other[shownSort] - one[shownSort] || other.time - one.time);
      list.append(...traces.map((trace) => trace.element));
    }
  }

  function openWhatIsSaid() {
    for (const open of list.querySelectorAll("details[open]")) open.open = false;
    const trace = traces.find((each) => each.id === state.trace);
    if (!trace) return;
    trace.element.hidden = false;
    const details = trace.element.firstElementChild;
    details.open = true;
    const row = [...details.querySelectorAll(".row")].find((each) => state.segment && each.dataset.id === state.segment);
    if (row) row.open = true;
    const target = (row ?? details).querySelector("summary");
    rove(details.firstElementChild);
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "nearest" });
  }

  let typing;
  field.addEventListener("input", () => {
    go({ q: field.value }, typing !== undefined);
    clearTimeout(typing);
    typing = setTimeout(() => { typing = undefined; }, 1500);
  });
  at("sort-order").addEventListener("change", () => go({ sort: at("sort-order").value }));
  at("clear-path").addEventListener("click", () => { go({ path: "" }); field.focus(); });
  at("show-all")?.addEventListener("click", () => { go({ path: "" }); at("map").querySelector("[tabindex='0']").focus(); });
  at("clear-all").addEventListener("click", () => { go({ q: "", status: "", path: "", duration: "" }); field.focus(); });

  const follow = () => {
    const said = read();
    const moved = said.trace !== state.trace || said.segment !== state.segment;
    state = said;
    show();
    if (moved) openWhatIsSaid();
  };
  addEventListener("popstate", follow);
  at("controls").hidden = !traces.length;
  // Read before somebody types; the first search reads what is left.
  for (const trace of traces) (window.requestIdleCallback ?? setTimeout)(() => facts(trace));

