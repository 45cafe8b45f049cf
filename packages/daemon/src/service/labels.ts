/** Categories with their folders, and tags: both with limits of their own. */
import { Fields } from "../state/fields.ts";
import type { Change } from "../state/messages.ts";
import { GLOBAL_SHARE_LIMITS, parseRateLimit, parseShareLimits } from "../state/records.ts";
import type { StateStore } from "../state/state-store.ts";
import type { ServiceContext } from "./context.ts";
import type { Editor } from "./editing.ts";
import type { Entry } from "./entry.ts";
import { ServiceError } from "./errors.ts";
import { checkFolder, downloadFolder } from "./paths.ts";
import type { CategoryView, LabelsService, TagView } from "./service.ts";

const NAME_MAX = 200;
const LABELS_MAX = 10_000;
const CONTROL = /[\p{Cc}]/u;

/** Nodes of the tree of limits, by their ids. */
export interface LabelNews {
  readonly onRates: (id: string) => Promise<void>;
  readonly onRemoved: (id: string) => Promise<void>;
  readonly onRenamed: (from: string, to: string) => Promise<void>;
}

export class Labels implements LabelsService {
  readonly #context: ServiceContext;
  readonly #editor: Editor;
  readonly #news: LabelNews;
  readonly #categories = new Map<string, CategoryView>();
  readonly #tags = new Map<string, TagView>();

  constructor(context: ServiceContext, editor: Editor, news: LabelNews) {
    this.#context = context;
    this.#editor = editor;
    this.#news = news;
    for (const [name, fields] of readAll(context.store, "categories"))
      this.#categories.set(name, toCategory(name, fields));
    for (const [name, fields] of readAll(context.store, "tags")) this.#tags.set(name, toTag(name, fields));
  }

  categories(): readonly CategoryView[] {
    return [...this.#categories.values()].toSorted((a, b) => compare(a.name, b.name));
  }

  tags(): readonly TagView[] {
    return [...this.#tags.values()].toSorted((a, b) => compare(a.name, b.name));
  }

  category(name: string | undefined): CategoryView | undefined {
    return name === undefined ? undefined : this.#categories.get(name);
  }

  tag(name: string): TagView | undefined {
    return this.#tags.get(name);
  }

  async createCategory(name: string, options: Partial<Omit<CategoryView, "name">> = {}): Promise<CategoryView> {
    checkCategoryName(name);
    if (this.#categories.has(name)) throw new ServiceError("duplicate", `There is a category ${name} already`);
    const category = await this.#putCategory({ ...toCategory(name, undefined), ...options, name });
    if (options.limits !== undefined) await this.#news.onRates(`category:${name}`);
    return category;
  }

  async updateCategory(name: string, patch: Partial<Omit<CategoryView, "name">>): Promise<CategoryView> {
    const before = this.#categories.get(name);
    if (before === undefined) throw new ServiceError("not-found", `There is no category ${name}`);
    const after = await this.#putCategory({ ...before, ...patch, name });
    const folder = after.folder ?? downloadFolder(this.#context.settings());
    if (patch.limits !== undefined) await this.#news.onRates(`category:${name}`);
    if (after.folder !== before.folder) await this.#moveTorrents(name, folder);
    return after;
  }

  /** Those that follow their category; the files come after the record. */
  async #moveTorrents(category: string, folder: string): Promise<void> {
    const { entries } = this.#context.model;
    const followers = [...entries].filter(({ record }) => record.category === category && record.isAutoManaged);
    await this.#editor.edit(followers, () => ({ folder }));
  }

  async renameCategory(name: string, to: string): Promise<void> {
    checkCategoryName(to);
    const moved = [...this.#categories.values()].filter((each) => isAtOrBelow(each.name, name));
    if (!moved.some((each) => each.name === name)) throw new ServiceError("not-found", `There is no category ${name}`);
    const names = new Map(moved.map((each) => [each.name, checkCategoryName(to + each.name.slice(name.length))]));
    for (const next of names.values()) {
      if (this.#categories.has(next) && !names.has(next))
        throw new ServiceError("duplicate", `There is a category ${next} already`);
    }
    const renamed = moved.map((each) => ({ ...each, name: names.get(each.name) ?? each.name }));
    const entries = [...this.#context.model.entries].filter(({ record }) => names.has(record.category ?? ""));
    await this.#editor.edit(entries, ({ record }) => ({ category: names.get(record.category ?? "") }), [
      ...moved.map((each) => remove("categories", each.name)),
      ...renamed.map((each) => put("categories", each)),
    ]);
    for (const each of moved) this.#categories.delete(each.name);
    for (const each of renamed) this.#categories.set(each.name, each);
    this.tell(entries);
    for (const [from, next] of names) await this.#news.onRenamed(`category:${from}`, `category:${next}`);
    this.#context.model.touchTopic("categories");
  }

  async renameTag(name: string, to: string): Promise<void> {
    const before = this.#tags.get(name);
    if (before === undefined) throw new ServiceError("not-found", `There is no tag ${name}`);
    const renamed: TagView = { ...before, name: checkTagName(to) };
    if (renamed.name !== name && this.#tags.has(renamed.name))
      throw new ServiceError("duplicate", `There is a tag ${renamed.name} already`);
    const entries = [...this.#context.model.entries].filter(({ record }) => record.tags.includes(name));
    const swap = (tag: string): string => (tag === name ? renamed.name : tag);
    await this.#editor.edit(entries, ({ record }) => ({ tags: record.tags.map(swap) }), [
      remove("tags", name),
      put("tags", renamed),
    ]);
    this.#tags.delete(name);
    this.#tags.set(renamed.name, renamed);
    this.tell(entries);
    await this.#news.onRenamed(`tag:${name}`, `tag:${renamed.name}`);
    this.#context.model.touchTopic("tags");
  }

  async removeCategories(names: readonly string[]): Promise<void> {
    const known = new Set(names.filter((name) => this.#categories.has(name)));
    const entries = [...this.#context.model.entries].filter(({ record }) => known.has(record.category ?? ""));
    const changes = [...known].map((name) => remove("categories", name));
    await this.#editor.edit(entries, () => ({ category: undefined }), changes);
    for (const name of known) this.#categories.delete(name);
    this.tell(entries);
    for (const name of known) await this.#news.onRemoved(`category:${name}`);
    this.#context.model.touchTopic("categories");
  }

  async createTags(names: readonly string[]): Promise<void> {
    const fresh = [...new Set(names.map(checkTagName))].filter((name) => !this.#tags.has(name));
    await this.#putTags(fresh.map((name) => toTag(name, undefined)));
  }

  async updateTag(name: string, patch: Partial<Omit<TagView, "name">>): Promise<TagView> {
    const before = this.#tags.get(name);
    if (before === undefined) throw new ServiceError("not-found", `There is no tag ${name}`);
    const tag = { ...before, ...patch, name };
    await this.#putTags([tag]);
    if (patch.limits !== undefined) await this.#news.onRates(`tag:${name}`);
    return tag;
  }

  async removeTags(names: readonly string[]): Promise<void> {
    const known = new Set(names.filter((name) => this.#tags.has(name)));
    const entries = [...this.#context.model.entries].filter(({ record }) => record.tags.some((tag) => known.has(tag)));
    const changes = [...known].map((name) => remove("tags", name));
    await this.#editor.edit(entries, ({ record }) => ({ tags: record.tags.filter((tag) => !known.has(tag)) }), changes);
    for (const name of known) this.#tags.delete(name);
    this.tell(entries);
    for (const name of known) await this.#news.onRemoved(`tag:${name}`);
    this.#context.model.touchTopic("tags");
  }

  /** What an export holds of a category. False when there is one of that name. Rejects with "invalid" or "path-refused". */
  async takeCategory(name: string, fields: Fields): Promise<boolean> {
    if (this.#categories.has(name)) return false;
    await this.createCategory(name, toCategory(name, fields));
    return true;
  }

  /** As `takeCategory`. */
  async takeTag(name: string, fields: Fields): Promise<boolean> {
    const tag = toTag(checkTagName(name), fields);
    if (this.#tags.has(tag.name)) return false;
    await this.#putTags([tag]);
    return true;
  }

  /** Tells the engine of torrents' labels, whose limits bind them. One that rests hears it when it is taken in. */
  tell(entries: readonly Entry[]): void {
    for (const { infoHash, phase, record } of entries) {
      if (phase !== "running" && phase !== "loading") continue;
      const { tags, category } = record;
      this.#context.engine.send({ type: "command", command: { type: "set-tags", infoHash, tags, category } });
    }
  }

  /** Makes what is not there yet, for torrents that name it. */
  async ensure(labels: {
    readonly category?: string | undefined;
    readonly tags?: readonly string[] | undefined;
  }): Promise<void> {
    const { category, tags = [] } = labels;
    if (category !== undefined && category !== "" && !this.#categories.has(category))
      await this.createCategory(category);
    await this.createTags(tags);
  }

  async #putCategory(category: CategoryView): Promise<CategoryView> {
    const { folder, incompleteFolder } = category;
    const settings = this.#context.settings();
    const checked: CategoryView = {
      ...category,
      folder: folder === undefined || folder === "" ? undefined : checkFolder(folder, settings),
      // Empty: what is incomplete lies where it belongs, whatever the setting says.
      incompleteFolder:
        incompleteFolder === undefined || incompleteFolder === ""
          ? incompleteFolder
          : checkFolder(incompleteFolder, settings),
    };
    if (this.#categories.size >= LABELS_MAX && !this.#categories.has(category.name))
      throw new ServiceError("invalid", `There are ${LABELS_MAX} categories already`);
    await this.#context.store.write(put("categories", checked));
    this.#categories.set(checked.name, checked);
    this.#context.model.touchTopic("categories");
    return checked;
  }

  async #putTags(tags: readonly TagView[]): Promise<void> {
    if (tags.length === 0) return;
    if (this.#tags.size + tags.length > LABELS_MAX)
      throw new ServiceError("invalid", `There are ${LABELS_MAX} tags already`);
    await this.#context.store.write(...tags.map((tag) => put("tags", tag)));
    for (const tag of tags) this.#tags.set(tag.name, tag);
    this.#context.model.touchTopic("tags");
  }
}

/** Throws "invalid". Parts separated by "/", none empty. */
export function checkCategoryName(name: string): string {
  const isBad =
    name.length > NAME_MAX ||
    CONTROL.test(name) ||
    name.split("/").some((part) => part.trim() === "") ||
    name.includes("\\");
  if (isBad)
    throw new ServiceError(
      "invalid",
      `category: got ${JSON.stringify(name)}, wanted parts of text with "/" between them`,
    );
  return name;
}

/** Throws "invalid". Without commas, since lists of tags are written with them. */
export function checkTagName(name: string): string {
  const tidy = name.trim();
  if (tidy === "" || tidy.length > NAME_MAX || CONTROL.test(tidy) || tidy.includes(",")) {
    throw new ServiceError("invalid", `tag: got ${JSON.stringify(name)}, wanted text without commas`);
  }
  return tidy;
}

function readAll(store: StateStore, table: "categories" | "tags"): [string, Fields][] {
  return store.all(`SELECT name, record FROM ${table} ORDER BY name`).flatMap((row): [string, Fields][] => {
    try {
      return [[String(row["name"]), Fields.parse(String(row["record"]))]];
    } catch {
      // A damaged one is like one that was never made; torrents keep its name.
      return [];
    }
  });
}

function toCategory(name: string, fields: Fields | undefined): CategoryView {
  return { ...toTag(name, fields), folder: fields?.text("folder"), incompleteFolder: fields?.text("incompleteFolder") };
}

function isAtOrBelow(name: string, category: string): boolean {
  return name === category || name.startsWith(`${category}/`);
}

function toTag(name: string, fields: Fields | undefined): TagView {
  return {
    name,
    color: fields?.text("color"),
    limits: parseRateLimit(fields?.child("limits")),
    shareLimits: fields === undefined ? GLOBAL_SHARE_LIMITS : parseShareLimits(fields.child("shareLimits")),
  };
}

function put(table: "categories" | "tags", { name, ...record }: CategoryView | TagView): Change {
  return {
    sql: `INSERT OR REPLACE INTO ${table} (name, record) VALUES (?, ?)`,
    params: [name, JSON.stringify(record)],
  };
}

function remove(table: "categories" | "tags", name: string): Change {
  return { sql: `DELETE FROM ${table} WHERE name = ?`, params: [name] };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
