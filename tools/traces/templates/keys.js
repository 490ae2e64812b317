  // ---- Keys: the map, each table and the list are one stop each; arrows move within.
  const groups = new Map();
  for (const [container, selector] of [["map", ".node, .edge"], ["services", "a"], ["edges", "a"], ["examples", "button"], ["trace-list", ".trace > details > summary"]]) {
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

  // A map that is larger than its place is shown from where the requests come in.
  const map = at("map");
  const entry = map?.querySelector(".node");
  if (entry) {
    const place = entry.getBoundingClientRect();
    const frame = map.getBoundingClientRect();
    map.scrollLeft = place.left - frame.left - 24;
    map.scrollTop = place.top - frame.top - frame.height / 2;
  }
