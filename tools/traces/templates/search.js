  // ---- The search: words, and X-Ray's filter expressions, such as `service("api") { fault } responsetime > 0.2`.
  const STATUSES = ["ok", "error", "throttle", "fault"];
  const FIELDS = "service, annotation.NAME, status, method, url, user, duration, id";
  const ALIASES = { name: "service", responsetime: "duration", "http.status": "status", "http.url": "url", "http.method": "method", "http.useragent": "user_agent", "http.clientip": "client_ip" };
  const FIELD = /(annotation\[[^\]]*\]|[a-z][\w.\-]*)\s*(!=|>=|<=|==?|>|<|(?<=\s)(?:contains|beginswith|endswith)\b)\s*/iy;
  const VALUE = /"([^"]*)"?|[^\s"(){}]+/y;
  const WORD = /"([^"]*)"?|[^\s"(){}<>=!][^\s"){}]*/y;
  const ID = /^(1-)?[0-9a-f-]{8,}$/;
  const IDS = /(?<![\w-])(?:1-)?[0-9a-f]{8}[0-9a-f-]{8,}(?![\w-])/g;
  const plainly = (name) => name.toLowerCase().replace(/^annotation\["?(.*?)"?\]$/, "annotation.$1");
  const refuse = (why) => { throw new Error(why); };

  /** What a trace, or a row of one, is found by: values, not labels or raw documents. */
  function facts(scope) {
    if (scope.facts) return scope.facts;
    const id = scope.id.toLowerCase();
    const of = { service: [], status: [scope.status], method: [], url: [], user: [], user_agent: [], client_ip: [] };
    const named = [];
    const values = [];
    for (const name of scope.element.getElementsByTagName("bdi")) of.service.push(name.textContent.toLowerCase());
    for (const section of scope.element.getElementsByTagName("section")) {
      for (const { firstChild, lastChild } of section.lastElementChild.children) {
        const label = firstChild.textContent.toLowerCase();
        const value = lastChild.textContent.toLowerCase();
        values.push(value);
        const field = label.slice(label.lastIndexOf(".") + 1);
        if (section.className === "annotations") {
          (of[`annotation.${label}`] ??= []).push(value);
          named.push(value);
        } else if (section.className === "overview" && field in of) of[field].push(value);
      }
    }
    of.text = [...of.service, id, ...values].join("\n");
    of.plain = of.text.replace(IDS, "");
    of.named = [...of.service, ...of.url, ...of.user, ...named].join("\n").replace(IDS, "");
    of.id = [id];
    return (scope.facts = of);
  }

  /** The segments and subsegments of a trace. */
  function rows(trace) {
    return (trace.rows ??= [...trace.element.querySelectorAll(".row")].map((element) => ({
      element,
      id: element.dataset.id,
      status: element.querySelector(".bar").classList[1],
      seconds: Number(element.dataset.for),
    })));
  }

  /** The test of a trace that a query asks for. */
  function parse(query) {
    let place = 0;
    const take = (pattern) => {
      pattern.lastIndex = place;
      const found = pattern.exec(query);
      if (found) place = pattern.lastIndex;
      return found;
    };

    /** All up to a closing bracket, or to the end. */
    function group(closing) {
      const choices = [[]];
      for (;;) {
        take(/\s+/y);
        const joined = take(/(and|or)(?![^\s(){}])\s*/iy);
        if (joined && !choices.at(-1).length) refuse(`Something is missing before “${joined[1]}”.`);
        if (joined?.[1].toLowerCase() === "or") choices.push([]);
        const ended = place === query.length;
        if (ended && closing) refuse(`“${closing}” is missing at the end.`);
        if (ended || query[place] === closing) {
          if (joined) refuse(`Something is missing after “${joined[1]}”.`);
          place += ended ? 0 : 1;
          return (scope) => choices.some((terms) => terms.every((term) => term(scope)));
        }
        choices.at(-1).push(term());
      }
    }

    function term() {
      let found;
      if (take(/!\s*/y)) {
        if (place === query.length) refuse("Something is missing after “!”, such as !ok.");
        const test = term();
        return (scope) => !test(scope);
      }
      if (take(/\(/y)) return group(")");
      if ((found = take(/service\s*\(\s*("([^"]*)"\s*\))?/iy))) {
        if (!found[1]) refuse(`“service(” needs a name in quotes and “)”, such as ${example("service(")}.`);
        const named = compare("service", "=", found[2].toLowerCase());
        if (!take(/\s*\{/y)) return named;
        const within = group("}");
        return (trace) => rows(trace).some((row) => named(row) && within(row));
      }
      if (take(/edge\s*\(/iy)) refuse("“edge(…)” isn’t understood here: choose an arrow of the map.");
      if ((found = take(FIELD))) {
        const name = plainly(found[1]);
        const field = ALIASES[name] ?? name;
        const operator = found[2].toLowerCase();
        const value = take(VALUE);
        if (!value) refuse(`A value is missing after “${found[0].trim()}”, such as ${example(`${field} `)}.`);
        return compare(field, operator, (value[1] ?? value[0]).toLowerCase());
      }
      if (!(found = take(WORD))) refuse(`“${query.slice(place)}” isn’t understood. You can ask for ${FIELDS}, or for text in quotes.`);
      const text = (found[1] ?? found[0]).toLowerCase();
      if (found[1] === undefined) {
        if (STATUSES.includes(text)) return (scope) => scope.status === text;
        if (/^\d{1,7}$/.test(text)) {
          const whole = new RegExp(`(?<![a-z0-9])${text}(?![a-z0-9])`);
          return (scope) => facts(scope).status.includes(text) || whole.test(facts(scope).named);
        }
        if (/^annotation[.[]/.test(text)) return compare(plainly(text), "contains", "");
        if (!ID.test(text)) return (scope) => facts(scope).plain.includes(text);
      }
      return (scope) => facts(scope).text.includes(text);
    }
    return group();
  }

  function compare(name, operator, value) {
    if (STATUSES.includes(name)) {
      if (!/^(true|false)$/.test(value)) refuse(`“${name}” is true or false, not “${value}”.`);
      return (scope) => (scope.status === name) === ((value === "true") === (operator !== "!="));
    }
    if (!/^(service|status|method|url|user|user_agent|client_ip|id|duration|annotation\..+)$/.test(name)) refuse(`“${name}” is no field. You can ask for ${FIELDS}.`);
    if (name.startsWith("annotation.") && !traces.some((trace) => name in facts(trace))) {
      const names = new Set(traces.flatMap((trace) => Object.keys(facts(trace)).filter((each) => each.startsWith("annotation."))));
      refuse(`No trace has “${name}”. ${names.size ? `There is ${[...names].slice(0, 12).join(", ")}.` : "None has annotations."}`);
    }
    const size = /^([\d.]+)\s*(ms|s)?$/.exec(value);
    const number = size ? Number(size[1]) / (size[2] === "ms" ? 1000 : 1) : Number.NaN;
    if (name === "duration" && Number.isNaN(number)) refuse("A duration is seconds, such as duration > 0.2, or 200ms.");
    if (/[<>]/.test(operator) && Number.isNaN(number)) refuse(`“${operator}” compares with a number, which “${value}” isn’t.`);
    const values = (scope) => (name === "duration" ? [scope.seconds] : (facts(scope)[name] ?? []));
    const some = (holds) => (scope) => values(scope).some(holds);
    const equal = (each) => (name === "url" ? each.includes(value) : each === value || (size !== null && each !== "" && Number(each) === number));
    switch (operator) {
      case ">": return some((each) => Number(each) > number);
      case ">=": return some((each) => Number(each) >= number);
      case "<": return some((each) => Number(each) < number);
      case "<=": return some((each) => Number(each) <= number);
      case "contains": return some((each) => String(each).includes(value));
      case "beginswith": return some((each) => String(each).startsWith(value));
      case "endswith": return some((each) => String(each).endsWith(value));
      case "!=": return (scope) => !values(scope).some(equal);
      default: return some(equal);
    }
  }

  // ---- Examples of what these traces can be asked for: each finds at least one.
  const examples = [];
  const example = (start) => examples.find((each) => each.startsWith(start)) ?? `${start}= "…"`.replace('(= "…"', '("…")');

  function findExamples() {
    const worst = traces.reduce((one, other) => (other.severity > one.severity ? other : one));
    const few = [worst, ...traces.slice(0, 8)].map(({ element }) => element);
    const bars = [...worst.element.querySelectorAll(".row.outer .bar")];
    const bar = bars.findLast((each) => each.classList.contains(worst.status)) ?? bars.at(-1);
    const service = bar?.closest(".row").querySelector("bdi").textContent;
    const named = service && !service.includes('"');
    if (worst.severity) examples.push(worst.status);
    if (named) examples.push(`service = "${service}"`);
    const fields = (section) => few.flatMap((each) => [...each.querySelectorAll(`.${section} dl > div`)].map((field) => [field.firstChild.textContent, field.lastChild.textContent]));
    const annotations = new Map();
    for (const [name, value] of fields("annotations")) {
      if (/^[\w.\-]+$/.test(name) && /^[^"\n]{1,40}$/.test(value)) annotations.set(name, (annotations.get(name) ?? new Set()).add(value));
    }
    const [name, [value] = []] = [...annotations].sort(([, one], [, other]) => other.size - one.size)[0] ?? [];
    if (name) examples.push(`annotation.${name} = "${value}"`);
    const urls = fields("overview").filter(([label, url]) => label.endsWith("url") && !/["\n]/.test(url)).map(([, url]) => url.replace(/^\w+:\/\//, "").replace(/[?#].*/, ""));
    const paths = urls.map((url) => url.slice(url.indexOf("/"))).filter((path) => path.length > 1).sort((one, other) => other.length - one.length);
    if (urls.length) examples.push(`url contains "${(paths[0] ?? urls[0]).slice(0, 40)}"`);
    const code = worst.element.querySelector(".pill").textContent.match(/\d+/);
    if (code) examples.push(`status = ${code[0]}`);
    const seconds = traces.map((trace) => trace.seconds).sort((one, other) => one - other);
    const middle = Number(seconds[seconds.length >> 1].toPrecision(1));
    if (middle < seconds.at(-1)) examples.push(`duration > ${middle}`);
    if (named) examples.push(`service("${service}") { ${worst.status} }`);
  }
