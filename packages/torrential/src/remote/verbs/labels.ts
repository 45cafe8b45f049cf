/** `torrential category` and `tags`: what torrents are sorted by, with the limits that they share. */
import { resolve } from "node:path";
import type { Category, CategoryPatch, RateLimit, ShareLimits, Tag } from "@torrential/api";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { formatDuration, formatRate } from "../../format.ts";
import { type LimitOptions, toRateLimit, toShareLimits } from "../../share-options.ts";
import { toLine } from "../../text.ts";
import { UsageError } from "../../values.ts";
import { type RemoteOptions, withDaemon } from "../connect.ts";
import { printResult, printRows } from "../output.ts";
import type { Column } from "../table.ts";

const LIMIT_COLUMNS: readonly Column<{ readonly limits: RateLimit; readonly shareLimits: ShareLimits }>[] = [
  { title: "DOWN", isRight: true, text: ({ limits }) => (limits.down === undefined ? "-" : formatRate(limits.down)) },
  { title: "UP", isRight: true, text: ({ limits }) => (limits.up === undefined ? "-" : formatRate(limits.up)) },
  { title: "SEED UNTIL", text: ({ shareLimits }) => describeShare(shareLimits) },
];

const TAG_COLUMNS: readonly Column<Tag>[] = [
  { title: "TAG", isElastic: true, text: ({ name }) => name },
  ...LIMIT_COLUMNS,
];

const CATEGORY_COLUMNS: readonly Column<Category>[] = [
  { title: "CATEGORY", text: ({ name }) => name },
  { title: "FOLDER", isElastic: true, text: ({ folder }) => folder ?? "-" },
  ...LIMIT_COLUMNS,
];

export interface LabelOptions extends RemoteOptions, LimitOptions {
  readonly folder?: string;
  readonly incompleteFolder?: string;
}

/** "ls", "create NAME", "set NAME" or "rm NAME…". */
export async function runCategory(action: string, names: readonly string[], options: LabelOptions): Promise<ExitCode> {
  const [name] = names;
  await withDaemon(options, async (client) => {
    if (action === "ls") return printRows(await client.call("listCategories", {}), CATEGORY_COLUMNS, options);
    if (name === undefined) throw new UsageError("wanted `category ls`, or create, set or rm with a name");
    if (action === "create") {
      const made = await client.call("createCategory", { body: { name, ...toPatch(options) } });
      return printResult(made, [`made ${toLine(name)}`], options);
    }
    if (action === "set") {
      const changed = await client.call("updateCategory", { query: { name }, body: toPatch(options) });
      return printResult(changed, [`changed ${toLine(name)}`], options);
    }
    if (action !== "rm") throw new UsageError(`category: got ${JSON.stringify(action)}, wanted ls, create, set or rm`);
    await client.call("removeCategories", { query: { name: names } });
    return printResult({ removed: names }, [`removed ${names.map(toLine).join(", ")}`], options);
  });
  return EXIT.done;
}

/** As `runCategory`. */
export async function runTags(action: string, names: readonly string[], options: LabelOptions): Promise<ExitCode> {
  const [name] = names;
  await withDaemon(options, async (client) => {
    if (action === "ls") return printRows(await client.call("listTags", {}), TAG_COLUMNS, options);
    if (name === undefined) throw new UsageError("wanted `tags ls`, or create, set or rm with a name");
    if (action === "create") {
      await client.call("createTags", { body: { names } });
      return printResult({ created: names }, [`made ${names.map(toLine).join(", ")}`], options);
    }
    if (action === "set") {
      const changed = await client.call("updateTag", { query: { name }, body: toLimits(options) });
      return printResult(changed, [`changed ${toLine(name)}`], options);
    }
    if (action !== "rm") throw new UsageError(`tags: got ${JSON.stringify(action)}, wanted ls, create, set or rm`);
    await client.call("removeTags", { query: { name: names } });
    return printResult({ removed: names }, [`removed ${names.map(toLine).join(", ")}`], options);
  });
  return EXIT.done;
}

/** Empty takes a folder away. */
function toPatch(options: LabelOptions): CategoryPatch {
  const { folder, incompleteFolder } = options;
  const path = (text: string): string => (text === "" ? "" : resolve(text));
  return {
    ...(folder === undefined ? {} : { folder: path(folder) }),
    ...(incompleteFolder === undefined ? {} : { incompleteFolder: path(incompleteFolder) }),
    ...toLimits(options),
  };
}

function toLimits(options: LimitOptions): { readonly limits?: RateLimit; readonly shareLimits?: Partial<ShareLimits> } {
  const [limits, shareLimits] = [toRateLimit(options), toShareLimits(options)];
  return { ...(limits === undefined ? {} : { limits }), ...(shareLimits === undefined ? {} : { shareLimits }) };
}

/** "ratio 2, 7 d 0 h, then stop"; "-" where the settings decide. */
function describeShare({ ratio, seedingTimeMs, idleTimeMs, action }: ShareLimits): string {
  const time = (value: number | string): string => (typeof value === "number" ? formatDuration(value / 1000) : value);
  const parts = [
    ratio === "global" ? undefined : `ratio ${ratio}`,
    seedingTimeMs === "global" ? undefined : `seeding ${time(seedingTimeMs)}`,
    idleTimeMs === "global" ? undefined : `idle ${time(idleTimeMs)}`,
    action === "global" ? undefined : `then ${action}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "-" : parts.join(", ");
}
