  // ---- The search: terms that all hold, such as `fault service = "api" duration > 0.2`.
  const STATUSES = ["ok", "error", "throttle", "fault"];
  const FIELDS = "service, annotation.NAME, status, method, url, user, duration, id";
  const ALIASES = { responsetime: "duration", "http.status": "status", "http.url": "url", "http.method": "method" };
  const TERM = /\s*(!?)(?:([a-z][\w.\-]*|annotation\[[^\]]+\])\s*(!=|>=|<=|=|>|<|\bcontains\b|\bbeginswith\b)\s*|service\(\s*(?="))?("[^"]*"?|[^\s")]+)\)?/giy;

  /** What a trace is found by: values, not labels or raw documents. */
  function facts(trace) {
    if (trace.facts) return trace.facts;
    const of = { service: [], status: [trace.status], method: [], url: [], user: [], id: [trace.id] };
    const values = [];
    for (const name of trace.element.getElementsByTagName("bdi")) of.service.push(name.textContent.toLowerCase());
    for (const section of trace.element.getElementsByTagName("section")) {
      for (const { firstChild, lastChild } of section.lastElementChild.children) {
        const label = firstChild.textContent.toLowerCase();
        const value = lastChild.textContent.toLowerCase();
        values.push(value);
        const field = label.slice(label.lastIndexOf(".") + 1);
        if (section.className === "annotations") (of[`annotation.${label}`] ??= []).push(value);
        else if (section.className === "overview" && field in of && field !== "id") of[field].push(value);
      }
    }
    of.text = [...of.service, trace.id.toLowerCase(), ...values].join("\n");
    of.id = [trace.id.toLowerCase()];
    return (trace.facts = of);
  }

  /** The tests that a query asks for, each of a trace. */
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
