// Makes bot/console/static/ from bot/console/src/ and the npm packages, as bot/widget/build.mjs does for the chat.
import { cp, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "static");
const fresh = join(here, `static.${process.pid}`);
const root = join(here, "..", "..");
const modules = join(root, "node_modules");

const css = compile(join(here, "src", "console.scss"), { style: "compressed", quietDeps: true, loadPaths: [root] }).css;
if (/GDS Transport/i.test(css)) throw new Error("console.css asks for a font that is not ours. Check console.scss.");

await mkdir(join(fresh, "vendor"), { recursive: true });
await writeFile(join(fresh, "console.css"), css);
await cp(join(here, "src", "console.js"), join(fresh, "console.js"));
await cp(join(here, "..", "widget", "src", "icon.svg"), join(fresh, "icon.svg"));
// Source maps are not shipped, so the lines that name them go.
for (const [from, to] of [
  ["htmx.org/dist/htmx.min.js", "htmx.min.js"],
  ["@ministryofjustice/frontend/moj/components/sortable-table/sortable-table.bundle.mjs", "sortable-table.bundle.mjs"],
]) {
  const script = await readFile(join(modules, from), "utf8");
  await writeFile(join(fresh, "vendor", to), script.replace(/^\/\/# sourceMappingURL=.*\n?/m, ""));
}
await rm(target, { recursive: true, force: true });
await rename(fresh, target);
