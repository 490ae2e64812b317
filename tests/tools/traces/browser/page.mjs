// Tries a traces page in Chromium: node page.mjs CHROMIUM MODULES PAGE [SCREENSHOTS]; exits with 1 if something is wrong.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [chromium, modules, page_file, screenshots] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
let url = pathToFileURL(page_file).href;
const browser = await require("playwright-core").chromium.launch({ executablePath: chromium, args: ["--no-sandbox"] });

const looks = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  forced: { colorScheme: "dark", forcedColors: "active" },
};

async function open(options = {}, hash = "") {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && page.problems.push(message.text()));
  await page.goto(url + hash);
  return page;
}

const shown = (page) => page.locator(".trace:not([hidden])").count();
const chip = (page, status) => page.locator(`.chip.${status}`);
async function search(page, query) {
  await page.fill("#filter-text", query);
  return shown(page);
}

const tests = {
  async "search and chips"() {
    const page = await open();
    const all = await shown(page);
    const faults = await page.locator('.trace[data-status="fault"]').count();
    assert(faults > 0 && faults < all);
    assert.equal(await search(page, "fault"), faults);
    assert.equal(await search(page, "!fault"), all - faults);
    assert.equal(await search(page, 'service = "service-b"'), all);
    assert.equal(await search(page, 'service("service-b") AND fault'), faults);
    assert.equal(await search(page, "status = 502"), faults);
    assert.equal(await search(page, 'url contains "no-such-path"'), 0);
    assert(await page.locator("#nothing").isVisible());
    const seconds = await page.$$eval(".trace", (each) => each.map((one) => Number(one.dataset.seconds)));
    const limit = [...seconds].sort((one, other) => one - other)[seconds.length >> 1];
    assert.equal(await search(page, `duration > ${limit}`), seconds.filter((each) => each > limit).length);
    assert.equal(await search(page, 'annotation.pod = "pod-480"'), 1);
    assert.equal(await search(page, "colour = red"), 0);
    assert.match(await page.textContent("#filter-problem"), /“colour” is no field/);
    for (const query of ['service("service-b") { fault }', "(fault AND responsetime > 0)", "http.status = 502 OR throttle", "fault = true", "502", "annotation[pod] fault", 'annotation[pod] BEGINSWITH "pod-" fault', 'service("service-a") { http.status = 502 and !ok }']) {
      assert.equal(await search(page, query), faults, query);
      assert.equal(await page.textContent("#filter-problem"), "", query);
    }
    assert.equal(await search(page, "480"), 1); // In the name of a pod.
    assert.equal(await search(page, "5399"), 0); // In ids alone.
    assert.equal(await search(page, "53995c3f"), all);
    const told = {
      "service =": /A value is missing after “service =”, such as service = "service-b"/,
      "fault and": /missing after “and”/,
      "service(": /needs a name in quotes/,
      'service("service-b") { fault': /“}” is missing/,
      'edge("a", "b")': /choose an arrow of the map/,
      'annotation.x = "y"': /No trace has “annotation\.x”\. There is .*annotation\.pod/,
      "responsetime > soon": /such as duration > 0\.2/,
      "annotation.y": /No trace has “annotation\.y”/,
      "fault = maybe": /is true or false/,
      "fault }": /“}” isn’t understood/,
    };
    for (const [query, words] of Object.entries(told)) {
      await search(page, query);
      assert.match(await page.textContent("#filter-problem"), words);
      assert.equal(await page.getAttribute("#filter-text", "aria-invalid"), "true");
    }
    const examples = page.locator("#examples button");
    assert((await examples.count()) > 4);
    for (const example of await examples.all()) {
      await example.click();
      assert.equal(await page.inputValue("#filter-text"), await example.textContent());
      assert((await shown(page)) > 0, await example.textContent());
      assert.equal(await page.textContent("#filter-problem"), "");
    }
    await search(page, "");
    assert.equal(await chip(page, "fault").textContent(), `fault ${faults}`);
    await chip(page, "fault").click();
    assert.equal(await chip(page, "fault").getAttribute("aria-pressed"), "true");
    assert.equal(await shown(page), faults);
    assert.deepEqual(page.problems, []);
  },

  async "the first search is quick"() {
    const page = await open();
    await page.waitForTimeout(500); // Nobody types sooner.
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Performance.enable", { timeDomain: "threadTicks" }); // Others may use this machine, too.
    const busy = async () => (await devtools.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value * 1000;
    const before = await busy();
    await page.evaluate(() => new Promise((shown) => {
      const field = document.getElementById("filter-text");
      field.value = "pod-480";
      field.dispatchEvent(new Event("input"));
      requestAnimationFrame(() => setTimeout(shown));
    }));
    const took = (await busy()) - before;
    console.log(`first search over 500 traces, until it is shown: ${took.toFixed(0)} ms`);
    assert(took < 100, `${took} ms`);
  },

  async "the address says it all, and back goes back"() {
    const page = await open();
    const all = await shown(page);
    const node = page.locator(".node").last();
    await node.click();
    assert.equal(await node.getAttribute("aria-pressed"), "true");
    await chip(page, "fault").click();
    const faults = await shown(page);
    const summary = page.locator(".trace:not([hidden]) > details > summary").first();
    await summary.click();
    await page.locator(".trace > details[open] .row > summary").nth(1).click();
    await page.waitForFunction(() => location.hash.includes("segment="));
    const copy = await open({}, new URL(page.url()).hash);
    assert.equal(await shown(copy), faults);
    assert.equal(await copy.locator(".row[open]").count(), 1);
    assert.equal(await copy.locator(".node").last().getAttribute("aria-pressed"), "true");
    await page.goBack();
    assert.equal(await page.locator(".row[open]").count(), 0);
    await page.goBack();
    assert.equal(await page.locator(".trace > details[open]").count(), 0);
    await page.goBack();
    await page.goBack();
    assert.equal(await shown(page), all);
    await page.goForward();
    assert.equal(await node.getAttribute("aria-pressed"), "true");
  },

  async "the map says what a choice shows, and takes it back"() {
    const page = await open({ viewport: { width: 390, height: 700 } });
    const map = await page.locator("#map").evaluate((card) => [card.scrollWidth, card.clientWidth]);
    assert(map[0] <= map[1], `${map}`);
    const all = await shown(page);
    await page.locator(".node").last().click();
    assert.equal(await page.textContent("#through"), `All ${all} traces go through service-b.`);
    await chip(page, "fault").click();
    assert.equal(await page.textContent("#through"), `All ${all} traces go through service-b; ${await shown(page)} of them match the other filters.`);
    await page.click("#show-all");
    assert.equal(await page.textContent("#through"), "");
    assert.equal(await page.locator(".chosen").count(), 0);
    assert(!(await page.locator("#show-all").isVisible()));
  },

  async "latency filters by keys and by a drag"() {
    const page = await open();
    const all = await shown(page);
    await page.focus("#latency-from");
    for (let press = 0; press < 12; press++) await page.keyboard.press("ArrowRight");
    const slow = await shown(page);
    assert(slow > 0 && slow < all);
    await page.click("#clear-all");
    await page.locator("#bars").scrollIntoViewIfNeeded();
    const bars = await page.locator("#bars").boundingBox();
    await page.mouse.move(bars.x + 2, bars.y + 20);
    await page.mouse.down();
    await page.mouse.move(bars.x + bars.width * 0.49, bars.y + 20);
    await page.mouse.up();
    assert.equal(await shown(page), all - slow);
  },

  async "an open trace"() {
    const page = await open();
    await page.locator(".trace > details > summary").first().click();
    const trace = page.locator(".trace > details[open]");
    await trace.getByText("Expand all").click();
    assert.equal(await trace.locator(".row:not([open])").count(), 0);
    assert((await trace.locator(".critical").count()) > 0);
    assert.match(await trace.locator(".row > summary .duration").first().textContent(), /self/);
    const [download] = await Promise.all([page.waitForEvent("download"), trace.getByText("Download JSON").click()]);
    assert(JSON.parse(readFileSync(await download.path(), "utf8")).length > 0);
    assert.equal(await trace.getByText("Open in X-Ray console").count(), 1);
    assert.match(await trace.textContent(), /called by a client that is not traced/);
    assert.doesNotMatch(await page.textContent("main"), /caller missing/);
    assert.deepEqual(page.problems, []);
  },

  async "keys alone reach a segment's resources"() {
    const page = await open();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    for (let stop = 0; stop < 25; stop++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement.matches(".trace > details > summary"))) break;
    }
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    for (let stop = 0; stop < 12; stop++) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement.matches(".row > summary"))) break;
    }
    await page.keyboard.press("Enter");
    assert(await page.locator(".row[open] .resources").first().isVisible());
    const fresh = await open();
    let stops = 0;
    for (; stops < 300; stops++) {
      await fresh.keyboard.press("Tab");
      if (await fresh.evaluate(() => document.activeElement === document.body)) break;
    }
    console.log(`tab stops: ${stops}`);
    assert(stops < 30, `${stops} tab stops`);
  },

  async "a policy keeps foreign scripts out"() {
    const page = await open();
    await page.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "window.foreign = true";
      document.body.append(script);
    });
    assert.equal(await page.evaluate(() => window.foreign), undefined);
    assert.doesNotMatch(await page.content(), /[\u202a-\u202e\u2066-\u2069\u0000-\u0008]/);
  },

  async "bars in forced colours, and light paper with a whole trace"() {
    const forced = await open(looks.forced);
    await forced.locator(".trace > details > summary").first().click();
    const colours = await forced.locator(".trace > details[open] .bar").first().evaluate((bar) => [getComputedStyle(bar).backgroundColor, getComputedStyle(bar.parentElement).backgroundColor]);
    assert.notEqual(colours[0], colours[1]);
    assert.doesNotMatch(colours[0], /, 0\)$/);
    const paper = await open(looks.dark);
    await paper.locator(".trace > details > summary").first().click();
    await paper.locator(".trace > details[open]").getByText("Expand all").click();
    await paper.locator(".row[open] .raw > summary").first().click();
    await paper.emulateMedia({ media: "print", colorScheme: "dark" });
    assert.deepEqual(await paper.evaluate(() => [document.body, document.querySelector(".trace")].map((each) => getComputedStyle(each).backgroundColor)), ["rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"]);
    for (const control of ["#controls", ".actions", ".skip"]) assert(!(await paper.locator(control).first().isVisible()));
    assert.deepEqual(await paper.$$eval(".card, .raw[open] pre, .trace > details[open]", (each) => each.filter((one) => one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1).map((one) => one.className)), []);
  },

  async "without scripts"() {
    const page = await open({ javaScriptEnabled: false });
    await page.locator(".trace > details > summary").first().click();
    await page.locator(".trace > details[open] .row > summary").first().click();
    assert(await page.locator(".row[open] .resources").first().isVisible());
    assert(!(await page.locator("#controls").isVisible()));
  },

  async "no violation that axe knows, in any state"() {
    url = url.replace(/page\.html$/, "small.html");
    for (const [look, options] of Object.entries(looks)) {
      for (const width of [390, 768, 1280, 1920]) {
        const page = await open({ ...options, viewport: { width, height: 900 } });
        const states = {
          map: () => page.locator(".node").last().click(),
          filter: () => search(page, "fault"),
          unfinished: () => search(page, "service ="),
          nothing: () => search(page, "nothing at all"),
          trace: async () => {
            await search(page, "");
            await page.locator(".trace:not([hidden]) > details > summary").first().click();
          },
          segment: () => page.locator(".trace > details[open] .row > summary").first().click(),
        };
        for (const [name, reach] of Object.entries({ start: () => {}, ...states })) {
          await reach();
          await page.waitForTimeout(100);
          if (screenshots) await page.screenshot({ path: `${screenshots}/${look}-${width}-${name}.png`, fullPage: name === "start" && width > 1000 });
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert(wide <= 0, `${look} ${width} ${name} is ${wide} px too wide`);
          if (![390, 1280].includes(width)) continue;
          await page.evaluate(axe);
          const { violations } = await page.evaluate(() => axe.run());
          const said = violations.map((each) => `${each.id}: ${each.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`)}`);
          assert.deepEqual(said, [], `${look} ${width} ${name}`);
        }
        await page.context().close();
      }
    }
  },
};

let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`passed: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED: ${name}\n${error.stack}`);
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
