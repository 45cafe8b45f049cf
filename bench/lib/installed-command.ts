/** Benches of the whole command run it as it is installed; tests run its sources, which start slower. */
import { join } from "node:path";

const LAUNCHER = join(import.meta.dirname, "..", "..", "packages", "torrential", "bin", "torrential.cjs");

/** Unless TORRENTIAL_COMMAND names another. What is built runs while no source is newer: `npm ci` builds it. */
export function useInstalledCommand(): void {
  process.env["TORRENTIAL_COMMAND"] ??= `${process.execPath} ${LAUNCHER}`;
}
