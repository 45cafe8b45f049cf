/** `torrential config`, `token`, `password`, `stats` and `job`: the daemon itself. */
import { createInterface } from "node:readline/promises";
import type { Scope, Token } from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatBytes, formatDuration, formatRate } from "../../format.ts";
import { toLine } from "../../text.ts";
import { UsageError } from "../../values.ts";
import { type RemoteOptions, withDaemon } from "../connect.ts";
import { printResult, printRows } from "../output.ts";
import type { Column } from "../table.ts";

interface SettingRow {
  readonly key: string;
  readonly value: unknown;
  readonly origin: string;
}

const SETTING_COLUMNS: readonly Column<SettingRow>[] = [
  { title: "SETTING", text: ({ key }) => key },
  { title: "VALUE", isElastic: true, text: ({ value }) => (typeof value === "string" ? value : JSON.stringify(value)) },
  { title: "FROM", text: ({ origin }) => origin },
];

export interface ConfigOptions extends RemoteOptions {
  readonly reload?: boolean;
}

/** Shows settings ("limits", "limits.down") and sets them ("limits.down=500000"), all or none. */
export async function runConfig(words: readonly string[], options: ConfigOptions): Promise<ExitCode> {
  const assignments = words.filter((word) => word.includes("="));
  const shown = words.filter((word) => !word.includes("="));
  await withDaemon(options, async (client) => {
    if (options.reload === true) {
      const { changed } = await client.call("reloadSettings", {});
      printResult(
        { changed },
        [changed.length === 0 ? "nothing changed" : `read again: ${changed.join(", ")}`],
        options,
      );
    }
    const { values: before } = await client.call("showSettings", {});
    const patch = Object.fromEntries(assignments.map((word) => readAssignment(word, before)));
    const settings =
      assignments.length === 0
        ? await client.call("showSettings", {})
        : await client.call("updateSettings", { body: patch });
    if (options.reload === true && words.length === 0) return;
    const wanted = [...shown, ...Object.keys(patch)];
    const rows = Object.entries(settings.values)
      .filter(([key]) => wanted.length === 0 || wanted.some((each) => key === each || key.startsWith(`${each}.`)))
      .map(([key, value]) => ({ key, value, origin: settings.origins[key] ?? "" }));
    if (rows.length === 0) throw new UsageError(`no setting is called ${wanted.join(" or ")}`);
    printRows(rows, SETTING_COLUMNS, options);
  });
  return EXIT.done;
}

/** Read as the kind that the setting has now: JSON for lists, words for text. */
export function readAssignment(word: string, before: Readonly<Record<string, unknown>>): readonly [string, unknown] {
  const key = word.slice(0, word.indexOf("="));
  const text = word.slice(word.indexOf("=") + 1);
  const old = before[key];
  if (typeof old === "string") return [key, text];
  if (Array.isArray(old) && !text.startsWith("[")) return [key, text === "" ? [] : text.split(",")];
  try {
    return [key, JSON.parse(text)];
  } catch {
    return [key, text];
  }
}

const TOKEN_COLUMNS: readonly Column<Token>[] = [
  { title: "ID", text: ({ id }) => id },
  { title: "NAME", isElastic: true, text: ({ name }) => name },
  { title: "SCOPE", text: ({ scope }) => scope },
  { title: "MADE", text: ({ createdAtMs }) => new Date(createdAtMs).toISOString().slice(0, 10) },
  {
    title: "USED",
    text: ({ lastUsedAtMs }) =>
      lastUsedAtMs === undefined ? "never" : new Date(lastUsedAtMs).toISOString().slice(0, 16),
  },
  {
    title: "ENDS",
    text: ({ expiresAtMs }) => (expiresAtMs === undefined ? "never" : new Date(expiresAtMs).toISOString().slice(0, 16)),
  },
];

const SCOPES: readonly Scope[] = ["read", "add", "control", "admin"];

export interface TokenOptions extends RemoteOptions {
  readonly scope: string;
  readonly expires?: number;
}

/** "ls", "create NAME" or "revoke ID". */
export async function runToken(action: string, name: string | undefined, options: TokenOptions): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    if (action === "ls") {
      printRows(await client.call("listTokens", {}), TOKEN_COLUMNS, options);
    } else if (action === "create" && name !== undefined) {
      const scope = SCOPES.find((each) => each === options.scope);
      if (scope === undefined) throw new UsageError(`--scope: wanted one of ${SCOPES.join(", ")}`);
      const ends = options.expires === undefined ? {} : { expiresAtMs: Date.now() + options.expires };
      const token = await client.call("createToken", { body: { name, scope, ...ends } });
      printResult(token, [token.token], options);
    } else if (action === "revoke" && name !== undefined) {
      await client.call("revokeToken", { params: { token: name } });
      printResult({ revoked: name }, [`revoked ${toLine(name)}`], options);
    } else {
      throw new UsageError("wanted `token ls`, `token create NAME` or `token revoke ID`");
    }
  });
  return EXIT.done;
}

/** From the terminal without showing it, or a line of stdin. */
export async function runPassword(options: RemoteOptions & { readonly user: string }): Promise<ExitCode> {
  const newPassword = await readPassword();
  await withDaemon(options, async (client) => {
    await client.call("setPassword", { body: { username: options.user, newPassword } });
  });
  printResult(
    { username: options.user },
    [`the password of ${toLine(options.user)} is set; other sessions have ended`],
    options,
  );
  return EXIT.done;
}

async function readPassword(): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    let text = "";
    for await (const chunk of stdin) text += String(chunk);
    return text.split(/\r?\n/)[0] ?? "";
  }
  const lines = createInterface({ input: stdin, terminal: true });
  stderr.write("New password (12 characters at least): ");
  const password = await lines.question("");
  stderr.write("\n");
  lines.close();
  return password;
}

export async function runStats(options: RemoteOptions): Promise<ExitCode> {
  await withDaemon(options, async (client) => {
    const session = await client.call("showSession", {});
    const { startedAtMs, downRate, upRate, totalDownloadedBytes, totalUploadedBytes } = session;
    const lines = [
      `version       ${session.version}, up ${formatDuration((Date.now() - startedAtMs) / 1000)}`,
      `now           ${formatRate(downRate)} down, ${formatRate(upRate)} up, ${session.peers} peers`,
      `this run      ${formatBytes(session.downloadedBytes)} down, ${formatBytes(session.uploadedBytes)} up`,
      `in all        ${formatBytes(totalDownloadedBytes)} down, ${formatBytes(totalUploadedBytes)} up, ${session.totalStarts} starts`,
      `torrents      ${session.torrents}, ${session.activeTorrents} active`,
      `peer port     ${session.listenPort}${session.isReachable === undefined ? "" : session.isReachable ? ", reachable" : ", not reachable"}`,
      `DHT           ${session.dhtProblem ?? `${session.dhtNodes} nodes, ${session.dhtBadNodes} silent`}`,
      `delay         ${session.mainLoopP99Ms.toFixed(1)} ms main, ${session.engineLoopP99Ms.toFixed(1)} ms engine (99th percentile)`,
    ];
    printResult(session, lines, options);
  });
  return EXIT.done;
}
