/** Rules of `rss/…`: kept, and answered as 5.1 writes them. There are no articles yet that they could match. */
import { DONE, type Handler, json } from "./http.ts";

const RULES = "qbittorrent-rss-rules";

export const rules: Handler = (_, { service }) =>
  json(
    Object.fromEntries(
      [...service.store.list(RULES)].map(([name, rule]) => [name, describeRule(parseObject(rule))] as const),
    ),
  );

export const setRule: Handler = async ({ params }, { service }) => {
  const [name, definition] = [params.required("ruleName"), params.required("ruleDef")];
  await service.store.set(RULES, name, JSON.stringify(describeRule(parseObject(definition))));
  return DONE;
};

type Fields = Readonly<Record<string, unknown>>;

/** What is no object is a rule that says nothing. */
function parseObject(text: string): Fields {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** Each key of the right type whatever was sent; what is of another type is as if it were not there. */
function describeRule(sent: Fields): Fields {
  const given = isFields(sent["torrentParams"]) ? sent["torrentParams"] : undefined;
  const path = given === undefined ? text(sent["savePath"]) : text(given["save_path"]);
  const category = given === undefined ? text(sent["assignedCategory"]) : text(given["category"]);
  return {
    enabled: sent["enabled"] !== false,
    priority: integer(sent["priority"]),
    useRegex: sent["useRegex"] === true,
    mustContain: text(sent["mustContain"]),
    mustNotContain: text(sent["mustNotContain"]),
    episodeFilter: text(sent["episodeFilter"]),
    affectedFeeds: texts(sent["affectedFeeds"]),
    lastMatch: text(sent["lastMatch"]),
    ignoreDays: integer(sent["ignoreDays"]),
    smartFilter: sent["smartFilter"] === true,
    previouslyMatchedEpisodes: texts(sent["previouslyMatchedEpisodes"]),
    addPaused: flag(sent["addPaused"]),
    torrentContentLayout: text(sent["torrentContentLayout"]) || null,
    savePath: path,
    assignedCategory: category,
    torrentParams: { ...ADD_DEFAULTS, ...given, save_path: path, category },
  };
}

/** How torrents of a rule are added: what 5.1 writes where nothing was said. */
const ADD_DEFAULTS: Fields = {
  category: "",
  download_limit: -1,
  download_path: "",
  inactive_seeding_time_limit: -2,
  operating_mode: "AutoManaged",
  ratio_limit: -2,
  save_path: "",
  seeding_time_limit: -2,
  share_limit_action: "Default",
  skip_checking: false,
  ssl_certificate: "",
  ssl_dh_params: "",
  ssl_private_key: "",
  tags: [],
  upload_limit: -1,
};

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** One alone is a list of one. */
function texts(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? (value as readonly unknown[]).map(text) : [];
}

function integer(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : 0;
}

function flag(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

export const renameRule: Handler = async ({ params }, { service }) => {
  const [from, to] = [params.required("ruleName"), params.required("newRuleName")];
  const rule = service.store.get(RULES, from);
  if (rule === undefined || service.store.get(RULES, to) !== undefined) return DONE;
  await service.store.set(RULES, to, rule);
  await service.store.set(RULES, from, undefined);
  return DONE;
};

export const removeRule: Handler = async ({ params }, { service }) => {
  await service.store.set(RULES, params.required("ruleName"), undefined);
  return DONE;
};

/** No articles, no matches. */
export const matchingArticles: Handler = ({ params }) => {
  params.required("ruleName");
  return json({});
};
