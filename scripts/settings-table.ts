/** Prints the reference of all settings, or with `--write` puts it into docs/guide/settings.md. A test keeps that true. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { definitionOf, SETTING_KEYS } from "../packages/daemon/src/config/settings.ts";
import { ROOT } from "./lib/files.ts";

const HEAD = `# Settings

Made by \`node --conditions=torrential-source scripts/settings-table.ts --write\`; a test compares it with the program.

Each is set in the config file (\`~/.config/torrential/torrential.toml\`, or \`--config\`), where \`downloads.folder\` is \`folder\` in
the table \`[downloads]\`; by the environment (\`TORRENTIAL_DOWNLOADS_FOLDER\`); with \`--set downloads.folder=…\`; or over the API
and the page. The command line wins over the environment, that over the file, and the file over the API. SIGHUP reads
the file again.

*restart*: acts after the next start. *password*: the API asks for the password again. *file*: not over the API.
`;

export function makeSettingsPage(): string {
  const rows = SETTING_KEYS.map((key) => {
    const definition = definitionOf(key);
    const unit = definition.unit === undefined ? "" : ` ${definition.unit}`;
    const marks = [
      definition.needsRestart === true ? "*restart*" : "",
      definition.needsSudo === true ? "*password*" : "",
      definition.isFileOnly === true ? "*file*" : "",
    ].filter((mark) => mark !== "");
    const range = definition.enum?.join(", ") ?? rangeOf(definition.minimum, definition.maximum);
    return `| \`${key}\` | ${definition.description} ${marks.join(" ")} | ${range}${unit} | \`${JSON.stringify(definition.default)}\` |`;
  });
  return [HEAD, "| setting | what it does | values | default |", "|---|---|---|---|", ...rows, ""].join("\n");
}

function rangeOf(minimum: number | undefined, maximum: number | undefined): string {
  return minimum === undefined || maximum === undefined ? "" : `${minimum} to ${maximum}`;
}

if (import.meta.main) {
  if (process.argv.includes("--write")) writeFileSync(join(ROOT, "docs/guide/settings.md"), makeSettingsPage());
  else console.log(makeSettingsPage());
}
