/** Measures what the first paint needs, compressed, and fails the build above the budget. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGET_BYTES = 300_000;
const DIST = new URL("../dist/", import.meta.url).pathname;

const manifest = JSON.parse(readFileSync(join(DIST, ".vite/manifest.json"), "utf8"));
const compressedBytes = (file) => gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length;

const files = new Set();
function collect(name) {
  const chunk = manifest[name];
  if (files.has(chunk.file)) {
    return;
  }
  for (const file of [chunk.file, ...(chunk.css ?? [])]) {
    files.add(file);
  }
  for (const next of chunk.imports ?? []) {
    collect(next);
  }
}
collect("index.html");
// The texts of one language are loaded before the first paint too: count the larger ones.
const texts = Object.values(manifest).filter(({ file }) => /\/i18n-(ko|en)-/.test(file));
const largest = texts
  .map(({ file }) => file)
  .sort((a, b) => compressedBytes(b) - compressedBytes(a));
if (largest[0]) {
  files.add(largest[0]);
}

const sizes = [...files].map((file) => ({ file, bytes: compressedBytes(file) }));
const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
for (const { file, bytes } of sizes.sort((a, b) => b.bytes - a.bytes)) {
  console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${file}`);
}
console.log(
  `${(total / 1000).toFixed(1).padStart(8)} kB  first paint, of ${BUDGET_BYTES / 1000} kB`,
);
if (total > BUDGET_BYTES) {
  console.error("the first paint is too large: load pages and libraries later");
  process.exit(1);
}
