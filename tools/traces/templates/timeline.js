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
