"use strict";
(() => {
  const STATUSES = ["ok", "error", "throttle", "fault"];
  const FIELDS = "service, annotation.NAME, status, method, url, user, duration, id";
  const ALIASES = { responsetime: "duration", "http.status": "status", "http.url": "url", "http.method": "method" };
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

  // ---- What a trace is found by: values, not labels or raw documents; read when first needed.
  function facts(trace) {
    if (trace.facts) return trace.facts;
    const of = { service: [], status: [trace.status], method: [], url: [], user: [], id: [trace.id] };
    const values = [];
    for (const name of trace.element.getElementsByTagName("bdi")) of.service.push(name.textContent);
    for (const term of trace.element.getElementsByTagName("dt")) {
      const label = term.textContent;
      const value = term.nextElementSibling.textContent;
      values.push(value);
      const field = label.slice(label.lastIndexOf(".") + 1).toLowerCase();
      const section = term.parentElement.parentElement.parentElement.className;
      if (section === "annotations") (of[`annotation.${label.toLowerCase()}`] ??= []).push(value);
      else if (section === "overview" && field in of && field !== "id") of[field].push(value);
    }
    for (const name in of) of[name] = of[name].map((value) => value.toLowerCase());
    of.text = [...of.service, trace.id, ...values].join("\n").toLowerCase();
    return (trace.facts = of);
  }

  // ---- The search: terms that all hold, such as `fault service = "api" duration > 0.2`.
  const TERM = /\s*(!?)(?:([a-z][\w.\-]*|annotation\[[^\]]+\])\s*(!=|>=|<=|=|>|<|\bcontains\b|\bbeginswith\b)\s*|service\(\s*(?="))?("[^"]*"?|[^\s")]+)\)?/giy;

  function parse(query) {
    const terms = [];
    TERM.lastIndex = 0;
    while (TERM.lastIndex < query.trimEnd().length) {
      const from = TERM.lastIndex;
      const match = TERM.exec(query);
      if (!match) throw new Error(`“${query.slice(from).trim()}” can’t be read.`);
      const [whole, not, name, operator = "", written] = match;
      const quoted = written.startsWith('"');
      const value = (quoted ? written.replace(/^"|"$/g, "") : written).toLowerCase();
      let test;
      if (name) {
        const plain = name.toLowerCase().replace(/^annotation\[(.+)\]$/, "annotation.$1");
        test = compare(ALIASES[plain] ?? plain, operator.toLowerCase(), value);
      } else if (/service\(/i.test(whole)) test = compare("service", "=", value);
      else if (!quoted && value === "and") continue;
      else if (!quoted && STATUSES.includes(value)) test = (trace) => trace.status === value;
      else test = (trace) => facts(trace).text.includes(value);
      terms.push(not ? (trace) => !test(trace) : test);
    }
    return terms;
  }

  function compare(name, operator, value) {
    const known = /^(service|status|method|url|user|id|duration|annotation\..+)$/.test(name);
    if (!known) throw new Error(`“${name}” is no field. You can ask for ${FIELDS}.`);
    const size = /^([\d.]+)\s*(ms|s)?$/.exec(value);
    const number = size ? Number(size[1]) / (size[2] === "ms" ? 1000 : 1) : Number.NaN;
    if (name === "duration" && Number.isNaN(number)) throw new Error("A duration is seconds, such as duration > 0.2, or 200ms.");
    const values = (trace) => (name === "duration" ? [trace.seconds] : (facts(trace)[name] ?? []));
    const some = (holds) => (trace) => values(trace).some(holds);
    const equal = (each) => (name === "url" ? each.includes(value) : each === value || (size !== null && each !== "" && Number(each) === number));
    switch (operator) {
      case ">": return some((each) => Number(each) > number);
      case ">=": return some((each) => Number(each) >= number);
      case "<": return some((each) => Number(each) < number);
      case "<=": return some((each) => Number(each) <= number);
      case "contains": return some((each) => String(each).includes(value));
      case "beginswith": return some((each) => String(each).startsWith(value));
      case "!=": return (trace) => !values(trace).some(equal);
      default: return some(equal);
    }
  }

  // ---- The state, which the address says: #q=…&status=…&path=…&duration=…&trace=…&segment=…
  const EMPTY = { q: "", status: "", path: "", duration: "", sort: "time", trace: "", segment: "" };
  let state = { ...EMPTY };

  function read() {
    const hash = location.hash.slice(1);
    if (hash.startsWith("trace-")) return { ...EMPTY, trace: decodeURIComponent(hash.slice("trace-".length)) };
    const given = new URLSearchParams(hash);
    return Object.fromEntries(Object.entries(EMPTY).map(([name, none]) => [name, given.get(name) ?? none]));
  }

  function go(changes, replace = false) {
    state = { ...state, ...changes };
    const said = Object.entries(state).filter(([name, value]) => value !== EMPTY[name]);
    const hash = `#${new URLSearchParams(said)}`;
    if (hash !== (location.hash || "#")) history[replace ? "replaceState" : "pushState"](null, "", hash);
    show();
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
  const spell = (seconds) => (seconds < 1 ? `${(seconds * 1000).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`);
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
  let terms = [];
  let shownSort = "time";
  function show() {
    if (state.q !== shownQuery) {
      shownQuery = state.q;
      if (field.value !== state.q) field.value = state.q;
      let problem = "";
      try {
        terms = parse(state.q);
      } catch (error) {
        problem = error.message;
        terms = [() => false];
      }
      field.setAttribute("aria-invalid", String(problem !== ""));
      at("filter-problem").textContent = problem;
    }
    const statuses = state.status.split(",").filter(Boolean);
    const [first, last] = range();
    const counts = {};
    const heights = columns.map(() => [0, 0]);
    let count = 0;
    for (const trace of traces) {
      const found = (!state.path || trace.path.has(state.path)) && terms.every((term) => term(trace));
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
      from.setAttribute("aria-valuetext", spell(edge(first)));
      to.setAttribute("aria-valuetext", spell(edge(last)));
      at("latency-range").textContent = `${spell(edge(first))} to ${spell(edge(last))}`;
    }
    for (const link of links) {
      const chosen = link.dataset.filter === state.path;
      link.classList.toggle("chosen", chosen);
      link.setAttribute("aria-pressed", String(chosen));
    }
    const label = links.find((link) => link.dataset.filter === state.path)?.dataset.label;
    at("clear-path").hidden = !state.path;
    at("clear-path").textContent = state.path ? `Through ${label ?? "what isn’t here"} ✕` : "";
    at("clear-all").hidden = !(state.q || state.status || state.path || state.duration);
    at("shown-count").textContent = `${count} of ${traces.length} shown`;
    at("nothing").hidden = count > 0 || !traces.length;
    if (at("sort-order").value !== state.sort) at("sort-order").value = state.sort;
    if (state.sort !== shownSort && state.sort in traces[0]) {
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

  // ---- A trace that is opened: its actions, self times and critical path.
  function complete(trace) {
    if (trace.complete) return;
    trace.complete = true;
    const rows = [...trace.element.querySelectorAll(".row")].map((element) => ({
      element,
      depth: Number(element.dataset.depth),
      start: Number(element.dataset.at),
      end: Number(element.dataset.at) + Number(element.dataset.for),
      children: [],
    }));
    const parents = [];
    for (const row of rows) {
      parents.length = row.depth;
      parents[row.depth - 1]?.children.push(row);
      parents.push(row);
    }
    for (const row of rows) {
      let reached = row.start;
      let busy = 0;
      for (const child of [...row.children].sort((one, other) => one.start - other.start)) {
        const end = Math.min(child.end, row.end);
        busy += Math.max(0, end - Math.max(reached, child.start));
        reached = Math.max(reached, end);
      }
      if (row.children.length) {
        const own = Math.max(0, row.end - row.start - busy);
        row.element.querySelector(".duration").append(make("small", { textContent: `self ${spell(own)}` }));
      }
    }
    // What the end waited for: backwards from the end, each time the child that ended last.
    const waiting = rows.slice(0, 1);
    while (waiting.length) {
      const row = waiting.pop();
      row.element.classList.add("critical");
      row.element.querySelector(".row-name").append(make("span", { className: "hidden-text", textContent: " on the critical path" }));
      let before = row.end + 1e-9;
      for (const child of [...row.children].sort((one, other) => other.end - one.end)) {
        if (child.end <= before) {
          waiting.push(child);
          before = child.start + 1e-9;
        }
      }
    }
    const action = (text, act) => {
      const button = make("button", { type: "button", textContent: text });
      button.addEventListener("click", () => act(button));
      return button;
    };
    const inner = rows.map((row) => row.element);
    trace.element.querySelector(".actions").prepend(
      action("Expand all", (button) => {
        const open = !inner.every((each) => each.open);
        bulk = true;
        for (const each of inner) each.open = open;
        setTimeout(() => { bulk = false; });
        button.textContent = open ? "Collapse all" : "Expand all";
      }),
      action("Copy ID", async (button) => {
        try {
          await navigator.clipboard.writeText(trace.id);
          button.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(trace.element.querySelector(".trace-id"));
          button.textContent = "Selected: copy it";
        }
      }),
      action("Download JSON", () => {
        const documents = [...trace.element.querySelectorAll(".raw pre")].map((each) => each.textContent);
        const href = URL.createObjectURL(new Blob([`[${documents.join(",\n")}]\n`], { type: "application/json" }));
        make("a", { href, download: `${trace.id}.json` }).click();
        setTimeout(() => URL.revokeObjectURL(href), 1000);
      }),
    );
    trace.element.querySelector(".key").hidden = false;
  }

  let bulk = false;
  list.addEventListener("toggle", (event) => {
    const details = event.target;
    const trace = traces.find((each) => each.element.contains(details));
    if (details.parentElement === trace.element) {
      if (details.open) complete(trace);
      if (details.open && state.trace !== trace.id) go({ trace: trace.id, segment: "" });
      else if (!details.open && state.trace === trace.id) go({ trace: "", segment: "" });
    } else if (details.classList.contains("row") && !bulk) {
      if (details.open && state.segment !== details.dataset.id) go({ trace: trace.id, segment: details.dataset.id });
      else if (!details.open && state.segment === details.dataset.id) go({ segment: "" });
    }
  }, true);

  // ---- Keys: the map, each table and the list are one stop each; arrows move within.
  const groups = new Map();
  for (const [container, selector] of [["map", ".node, .edge"], ["services", "a"], ["edges", "a"], ["trace-list", ".trace > details > summary"]]) {
    if (at(container)) groups.set(at(container), selector);
  }
  function rove(item) {
    const container = [...groups.keys()].find((each) => each.contains(item));
    for (const each of container.querySelectorAll(groups.get(container))) each.tabIndex = each === item ? 0 : -1;
  }
  for (const [container, selector] of groups) {
    const first = container.querySelector(selector);
    if (first) rove(first);
    const scroller = container.closest(".scroll, .map-card");
    if (first && scroller) scroller.removeAttribute("tabindex");
    container.addEventListener("focusin", (event) => event.target.matches(selector) && rove(event.target));
    container.addEventListener("keydown", (event) => {
      if (!event.target.matches(selector)) return;
      const items = [...container.querySelectorAll(selector)].filter((each) => !each.closest("[hidden]"));
      const now = items.indexOf(event.target);
      const next = { ArrowDown: now + 1, ArrowRight: now + 1, ArrowUp: now - 1, ArrowLeft: now - 1, Home: 0, End: items.length - 1 }[event.key];
      if (next !== undefined && items[next]) {
        event.preventDefault();
        items[next].focus();
      } else if (event.key === " " && event.target.dataset.filter) {
        event.preventDefault();
        event.target.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
      }
    });
  }

  for (const link of links) {
    link.setAttribute("role", "button");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const again = link.dataset.filter === state.path;
      go({ path: again ? "" : link.dataset.filter });
      if (!again) {
        at("traces-heading").scrollIntoView({ block: "start" });
        at("traces-heading").focus({ preventScroll: true });
      }
    });
  }
  let typing;
  field.addEventListener("input", () => {
    go({ q: field.value }, typing !== undefined);
    clearTimeout(typing);
    typing = setTimeout(() => { typing = undefined; }, 1500);
  });
  at("sort-order").addEventListener("change", () => go({ sort: at("sort-order").value }));
  at("clear-path").addEventListener("click", () => { go({ path: "" }); field.focus(); });
  at("clear-all").addEventListener("click", () => { go({ q: "", status: "", path: "", duration: "" }); field.focus(); });

  // A map that is larger than its place is shown from where the requests come in.
  const map = at("map");
  const entry = map?.querySelector(".node");
  if (entry) {
    const place = entry.getBoundingClientRect();
    const frame = map.getBoundingClientRect();
    map.scrollLeft = place.left - frame.left - 24;
    map.scrollTop = place.top - frame.top - frame.height / 2;
  }

  const follow = () => {
    const said = read();
    const moved = said.trace !== state.trace || said.segment !== state.segment;
    state = said;
    show();
    if (moved) openWhatIsSaid();
  };
  addEventListener("popstate", follow);
  at("controls").hidden = false;
  follow();
})();
