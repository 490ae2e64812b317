"use strict";
(() => {
  // Neither labels nor raw documents: "fault" is to find faults, not "default" in a name.
  function searchable(trace) {
    const parts = trace.querySelectorAll(":scope > details > summary, .row-name, .segment dd");
    return [...parts].map((part) => part.textContent.toLowerCase()).join("\n");
  }

  const list = document.getElementById("trace-list");
  const traces = [...list.querySelectorAll(":scope > .trace")].map((element) => ({
    element,
    path: new Set(element.dataset.path.split(" ")),
    text: null,
    time: Number(element.dataset.time),
    seconds: Number(element.dataset.seconds),
    severity: Number(element.dataset.severity),
  }));
  const filterText = document.getElementById("filter-text");
  const sortOrder = document.getElementById("sort-order");
  const clearPath = document.getElementById("clear-path");
  const shownCount = document.getElementById("shown-count");
  const pathLinks = [...document.querySelectorAll("[data-filter]")];
  let path = null;

  function includes(trace, word) {
    trace.text ??= searchable(trace.element);
    return trace.text.includes(word);
  }

  function filter() {
    const words = filterText.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const trace of traces) {
      const shown =
        (path === null || trace.path.has(path)) && words.every((word) => includes(trace, word));
      trace.element.hidden = !shown;
      count += shown ? 1 : 0;
    }
    shownCount.textContent = `${count} of ${traces.length} shown`;
  }

  function sort() {
    const field = sortOrder.value;
    traces.sort((one, other) => other[field] - one[field] || other.time - one.time);
    list.append(...traces.map((trace) => trace.element));
  }

  function choosePath(chosen, label) {
    path = chosen;
    clearPath.hidden = path === null;
    clearPath.textContent = path === null ? "" : `Through ${label} ✕`;
    clearPath.setAttribute("aria-label", `Show traces of all paths, not only through ${label}`);
    for (const link of pathLinks) {
      link.classList.toggle("chosen", link.dataset.filter === path);
    }
    filter();
  }

  for (const link of pathLinks) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const again = link.dataset.filter === path;
      choosePath(again ? null : link.dataset.filter, link.dataset.label);
      if (!again) {
        document.getElementById("traces").scrollIntoView({ block: "start" });
      }
    });
  }
  filterText.addEventListener("input", filter);
  sortOrder.addEventListener("change", sort);
  clearPath.addEventListener("click", () => {
    choosePath(null, "");
    filterText.focus();
  });

  // A map that is larger than its place is shown from where the requests come in.
  const map = document.getElementById("map");
  const entry = map?.querySelector(".node");
  if (entry) {
    const place = entry.getBoundingClientRect();
    const frame = map.getBoundingClientRect();
    map.scrollLeft = place.left - frame.left - 24;
    map.scrollTop = place.top - frame.top - frame.height / 2;
  }

  const linked = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (linked !== null && linked.classList.contains("trace")) {
    linked.querySelector("details").open = true;
  }
  document.getElementById("controls").hidden = false;
  filter();
})();
