// Makes bot/widget/static/ from bot/widget/src/ and the npm packages. No bundler: our
// scripts and GOV.UK's component are copied as they are. Prints what the first view costs.
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { compile } from "sass";

const LIMIT_KB = 60;
const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
const target = join(here, "static");
const fresh = join(here, `static.${process.pid}`);
const govuk = join(here, "..", "..", "node_modules", "govuk-frontend");

const css = compile(join(source, "css", "page.scss"), { style: "compressed", quietDeps: true }).css;
if (/GDS Transport|url\(/i.test(css)) throw new Error("page.css asks for a font or a picture. Check the settings in page.scss.");

await mkdir(join(fresh, "vendor"), { recursive: true });
await writeFile(join(fresh, "page.css"), css);
await cp(join(source, "js"), join(fresh, "js"), { recursive: true, filter: (path) => !path.endsWith(".d.ts") });
const languages = (await readdir(join(here, "words"))).filter((name) => name.endsWith(".json"));
const launchers = languages.map(async (name) => {
  const { launcher } = JSON.parse(await readFile(join(here, "words", name), "utf8"));
  return [name.replace(".json", ""), launcher];
});
const widget = await readFile(join(source, "widget.js"), "utf8");
const place = "{/* put here by build.mjs, from words/ */}";
if (!widget.includes(place)) throw new Error(`widget.js has no place for its words: ${place}`);
const words = JSON.stringify(Object.fromEntries(await Promise.all(launchers)));
await writeFile(join(fresh, "widget.js"), widget.replace(place, () => words));
await cp(join(source, "icon.svg"), join(fresh, "icon.svg"));
const component = await readFile(join(govuk, "dist/govuk/components/exit-this-page/exit-this-page.bundle.mjs"), "utf8");
// The source map is not shipped, so the line that names it goes.
await writeFile(join(fresh, "vendor", "exit-this-page.bundle.mjs"), component.replace(/^\/\/# sourceMappingURL=.*\n?/m, ""));
await rm(target, { recursive: true, force: true });
await rename(fresh, target);

let total = 0;
for (const entry of (await readdir(target, { recursive: true, withFileTypes: true })).filter((e) => e.isFile())) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  const size = gzipSync(await readFile(path)).length;
  total += size;
  console.log(`${(size / 1024).toFixed(1).padStart(6)} KB  ${relative(target, path)}`);
}
console.log(`${(total / 1024).toFixed(1).padStart(6)} KB  all, compressed`);
if (total > LIMIT_KB * 1024) throw new Error(`The static files are over ${LIMIT_KB} KB compressed.`);
