import tailwindcss from "@tailwindcss/vite";
import { defineConfig, type UserConfig } from "vite";

/**
 * The page is served from memory under a strict policy: no inline scripts or styles, nothing from elsewhere, and paths
 * that work behind any base path.
 */
const config: UserConfig = defineConfig({
  base: "./",
  plugins: [tailwindcss()],
  oxc: { jsx: { runtime: "automatic" } },
  resolve: { conditions: ["torrential-source", "browser", "import"] },
  build: {
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    cssCodeSplit: false,
    rolldownOptions: {
      // "use client" means something to servers that render pages; there is none here.
      checks: { moduleLevelDirective: false },
    },
  },
  // `npx vite packages/web` beside a daemon at its usual place.
  server: { proxy: { "/api": "http://127.0.0.1:9080" } },
});

export default config;
