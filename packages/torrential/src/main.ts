/** The process. Nothing is loaded here before the compile cache is on: it makes the start three times as fast. */
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

// Not Node's own choice, a folder in /tmp that others could have made before us. Where it can't be written, no harm done.
enableCompileCache(join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "torrential", "compiled"));

const { runCommand } = await import("./command.ts");
process.exit(await runCommand(process.argv.slice(2)));
