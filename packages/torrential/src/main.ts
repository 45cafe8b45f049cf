/** The process. Nothing is loaded here before the compile cache is on: it makes the start three times as fast. */
import { accessSync, constants } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

enableCompileCache(findCompiled());

void import("./command.ts")
  .then(({ runCommand }) => runCommand(process.argv.slice(2)))
  .then((exitCode) => process.exit(exitCode));

/**
 * Where compiled code is kept: what the build left beside us, if that is ours to keep up to date, else a folder of the
 * user's. Not Node's own choice, a folder in /tmp that others could have made before us. No harm if it can't be written.
 */
function findCompiled(): string {
  const beside = join(import.meta.dirname, "compiled");
  try {
    accessSync(beside, constants.W_OK);
    return beside;
  } catch {
    return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "torrential", "compiled");
  }
}
