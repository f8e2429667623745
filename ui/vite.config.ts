/** Builds the web app to `dist`; the server embeds what is there. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Libraries that change together and are needed for the first paint. Lazy ones stay in their own chunks. */
const CHUNKS: Record<string, RegExp> = {
  // Helpers of the build are here too, so that they do not drag a lazy library to the first paint.
  react:
    /node_modules\/(react|react-dom|scheduler|@babel\/runtime|clsx|tslib)\/|vite\/preload-helper|commonjsHelpers/,
  tanstack:
    /node_modules\/@tanstack\/(react-router|router-core|history|react-store|store|react-query|query-core)\//,
  codemirror: /node_modules\/(@codemirror|@lezer|codemirror|@uiw)\//,
  uplot: /node_modules\/uplot\//,
};

/** Texts that are loaded before the first paint; `src/i18n/index.ts` has the same list. */
const FIRST_AREAS = ["common", "entrance", "search-bar", "settings"];

export default defineConfig({
  base: "/",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "dist",
    target: "es2022",
    manifest: true,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        // Every page names the files that it needs: many tiny ones cost more than they spare.
        experimentalMinChunkSize: 10_000,
        manualChunks: (id) => {
          const [, language, area = ""] = /\/src\/i18n\/(ko|en)\/(.+)\.json/.exec(id) ?? [];
          if (language === undefined) {
            return Object.keys(CHUNKS).find((name) => CHUNKS[name]?.test(id));
          }
          return FIRST_AREAS.includes(area) ? `i18n-${language}` : `texts-${area}-${language}`;
        },
      },
    },
  },
  server: { proxy: { "/api": process.env["HANNUN_URL"] ?? "http://127.0.0.1:7070" } },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/test-setup.ts"],
    // A busy machine is slow, which is no fault of a page.
    testTimeout: 30_000,
  },
});
