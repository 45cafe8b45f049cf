/** Which version this is. */
import { readFileSync } from "node:fs";

export function readVersion(): string {
  // Beside `src` in a clone, and beside `dist` when it is installed.
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  return version;
}
