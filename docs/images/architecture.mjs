// Renders architecture.d2 to one SVG that follows the reader's light or dark mode (make pictures).
import { readFileSync, writeFileSync } from "node:fs";

const [library, source, target] = process.argv.slice(2);
const { D2 } = await import(`${library}/dist/node-esm/index.js`);
const d2 = new D2();
const { diagram } = await d2.compile(readFileSync(source, "utf8"), { layout: "elk" });
const svg = await d2.render(diagram, { themeID: 0, darkThemeID: 200, pad: 16 });
writeFileSync(target, svg.replace("?>", "?><!-- Made by `make pictures` from architecture.d2. -->"));
process.exit();
