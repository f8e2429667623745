/** Replaces each text file of `dist` by `<file>.gz`; the server sends that as it is. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url).pathname;
const TEXT = new Set([".js", ".css", ".html", ".svg", ".json"]);

// The manifest of the build is not served.
rmSync(join(DIST, ".vite"), { recursive: true, force: true });
for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath ?? entry.path, entry.name);
  if (entry.isFile() && TEXT.has(extname(file))) {
    writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: 9 }));
    rmSync(file);
  }
}
