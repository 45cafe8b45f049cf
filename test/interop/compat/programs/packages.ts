/** Programs and libraries from npm, at exact versions, in a folder of their own: they are no dependencies of ours. */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Missing } from "../../../support/requirements.ts";

/** `npm ci --prefix test/interop/compat/programs` fills it. */
const HERE = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

export function missingPackage(name: string): Missing {
  const isThere = existsSync(join(HERE, "node_modules", name, "package.json"));
  return isThere
    ? undefined
    : `${name} is not installed: npm ci --ignore-scripts --prefix test/interop/compat/programs`;
}

/** A file in a package. */
export function packageFile(...path: readonly string[]): string {
  return join(HERE, "node_modules", ...path);
}

/** `T` is what of the package is used here. */
export function loadPackage<T>(name: string): T {
  return require(name) as T;
}
