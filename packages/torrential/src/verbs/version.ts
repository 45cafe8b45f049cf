/** `torrential version`. */
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { GlobalOptions } from "../options.ts";
import { toJson } from "../text.ts";
import { readVersion } from "../version.ts";

export function runVersion(options: GlobalOptions): ExitCode {
  const version = readVersion();
  const platform = `${process.platform}-${process.arch}`;
  process.stdout.write(
    options.json === true
      ? `${toJson({ version, node: process.versions.node, platform })}\n`
      : `torrential ${version} (Node ${process.versions.node}, ${platform})\n`,
  );
  return EXIT.done;
}
