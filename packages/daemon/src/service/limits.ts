/** The tree of limits as APIs see and change it: what is kept here, and what the engine says of it. */
import type {
  LimitChange,
  LimitNode,
  LimitNodeKind,
  LimitSide,
  LimitTree,
  LimitTreeQuery,
  RateLimit,
} from "@torrential/api";
import type { InfoHash } from "@torrential/core";
import type { EngineCommand, GroupName, LimitTreeNode, LimitTreeSide } from "@torrential/node";
import { toMonotonic, weekAnchor } from "@torrential/node";
import { askSoon } from "./asking.ts";
import type { ServiceContext } from "./context.ts";
import type { Editor } from "./editing.ts";
import type { Entry } from "./entry.ts";
import { ServiceError } from "./errors.ts";
import type { Labels } from "./labels.ts";
import { checkChange, peerOf, without } from "./limit-book.ts";
import { weightOf } from "./runner.ts";
import type { LimitsService } from "./service.ts";
import type { SessionState } from "./session.ts";
import type { SettingsStore } from "./settings-service.ts";

const WAYS = ["down", "up"] as const;
/** Shown though nobody is in them and nothing limits them. */
const PEER_GROUPS = ["lan", "wan", "ipv4", "ipv6", "tcp"] as const;
const GROUP = /^(?:(?:tag|category|tracker):.+|lan|wan|ipv4|ipv6|tcp|utp)$/s;
/** A schedule is anchored anew when the clock or its zone moved by so much. */
const ANCHOR_SLACK_MS = 1_000;

const IDLE: LimitTreeSide = {
  strategy: { type: "unlimited" },
  limitBytesPerSec: undefined,
  guaranteeBytesPerSec: undefined,
  rateBytesPerSec: 0,
  waiting: 0,
  blocked: 0,
};

export interface LimitsDeps {
  readonly context: ServiceContext;
  readonly editor: Editor;
  readonly labels: Labels;
  readonly settings: SettingsStore;
  readonly session: SessionState;
}

export class LimitTreeService implements LimitsService {
  readonly #deps: LimitsDeps;
  #anchor: number;

  constructor(deps: LimitsDeps) {
    this.#deps = deps;
    this.#anchor = anchorNow();
  }

  /** Tells the engine of everything that is not a torrent's. Call once, at the start. */
  start(): void {
    const { context, labels } = this.#deps;
    const ids = [...labels.tags().map(({ name }) => `tag:${name}`), ...labels.categories().map(categoryId)];
    const isKept = (id: string): boolean => GROUP.test(id) || id === "global";
    for (const id of new Set([...ids, ...[...context.limits.ids].filter(isKept)])) this.#send(id);
  }

  /** Schedules follow the wall clock: call every few seconds. */
  tick(): void {
    const anchor = anchorNow();
    if (Math.abs(anchor - this.#anchor) < ANCHOR_SLACK_MS) return;
    this.#anchor = anchor;
    const { limits } = this.#deps.context;
    for (const id of limits.ids) if (WAYS.some((way) => limits.get(id)[way]?.type === "schedule")) this.#send(id);
  }

  /** A plain rate was set at a label or torrent. */
  async handleRates(id: string): Promise<void> {
    await this.#deps.context.limits.yieldTo(id, WAYS);
    this.#send(id);
  }

  /** Its priority is another one, which is a weight unless one was set here. */
  handleWeight(id: string): void {
    this.#send(id);
  }

  /** The label is gone. */
  async handleRemoved(id: string): Promise<void> {
    await this.#deps.context.limits.put(id, {});
    this.#send(id);
  }

  /** The label has another name: what limits it stays with it. */
  async handleRenamed(from: string, to: string): Promise<void> {
    if (from === to) return;
    const { limits } = this.#deps.context;
    await limits.put(to, limits.get(from));
    await this.handleRemoved(from);
    this.#send(to);
  }

  async tree(query: LimitTreeQuery): Promise<LimitTree> {
    const { context } = this.#deps;
    const peersOf = query.peersOf === undefined ? undefined : this.#need(query.peersOf).infoHash;
    const found = await this.#ask({ torrents: query.torrents ?? "busy", peersOf });
    const settings = context.settings();
    return {
      nodes: [...found, ...this.#resting(new Set(found.map(({ id }) => id)), query)].map((node) => this.#view(node)),
      options: { limitLan: settings["limits.lan"], countOverhead: settings["limits.count_overhead"] },
    };
  }

  async set(id: string, change: LimitChange): Promise<LimitNode> {
    checkChange(change);
    this.#check(id, change);
    // One that is there only for those below it is made.
    if (id.startsWith("category:")) await this.#deps.labels.ensure({ category: nameOf(id) });
    const { limits } = this.#deps.context;
    const before = this.#rates(id);
    const rates = { ...before };
    let kept: LimitChange = { ...limits.get(id), ...change };
    for (const way of WAYS) {
      const strategy = change[way];
      if (strategy === undefined || !hasRates(id)) continue;
      const isPlain = strategy.type === "unlimited" || (strategy.type === "fixed" && strategy.bytesPerSec >= 1);
      rates[way] = strategy.type === "fixed" && isPlain ? Math.round(strategy.bytesPerSec) : undefined;
      if (isPlain) kept = without(kept, [way]);
    }
    for (const way of WAYS) if (kept[way]?.type === "unlimited") kept = without(kept, [way]);
    if (rates.down !== before.down || rates.up !== before.up) await this.#setRates(id, rates);
    await limits.put(id, kept);
    this.#send(id);
    const [node] = await this.#ask({ torrents: "busy", id });
    return this.#view(node ?? restingNode(id, id));
  }

  /** Throws "not-found" and "invalid". */
  #check(id: string, change: LimitChange): void {
    const hasWeight = id.startsWith("torrent:") || id.startsWith("peer:");
    if (change.weight !== undefined && !hasWeight)
      throw new ServiceError("invalid", `weight: got one for ${id}, only torrents and peers share by weight`);
    if (id === "global" || (GROUP.test(id) && !id.includes(":")) || id.startsWith("tracker:")) return;
    const name = nameOf(id);
    const { labels } = this.#deps;
    if (id.startsWith("tag:") && labels.tag(name) !== undefined) return;
    if (id.startsWith("category:") && labels.categories().some((each) => isAtOrAbove(name, each.name))) return;
    if (hasWeight && this.#entryOf(id) !== undefined && (id.startsWith("torrent:") || peerOf(id) !== undefined)) return;
    throw new ServiceError("not-found", `There is no node ${JSON.stringify(id)} in the tree of limits`);
  }

  #rates(id: string): RateLimit & { down?: number | undefined; up?: number | undefined } {
    const { labels, session } = this.#deps;
    if (id === "global") return session.ownLimits();
    if (id.startsWith("tag:")) return labels.tag(nameOf(id))?.limits ?? {};
    if (id.startsWith("category:")) return labels.category(nameOf(id))?.limits ?? {};
    if (id.startsWith("torrent:")) return this.#entryOf(id)?.record.limits ?? {};
    return {};
  }

  async #setRates(id: string, limits: RateLimit): Promise<void> {
    const { labels, settings, editor } = this.#deps;
    const entry = this.#entryOf(id);
    if (id === "global") {
      const patch = { "limits.down": limits.down ?? 0, "limits.up": limits.up ?? 0 };
      await settings.update(patch, { isSudo: false });
    } else if (id.startsWith("tag:")) await labels.updateTag(nameOf(id), { limits });
    else if (id.startsWith("category:")) await labels.updateCategory(nameOf(id), { limits });
    else if (entry !== undefined) await editor.edit([entry], () => ({ limits }));
  }

  /** Tells the engine what is in force at a node. */
  #send(id: string): void {
    const { context, session } = this.#deps;
    if (id === "global") return session.applyLimits();
    const command = this.#command(id);
    if (command !== undefined) context.engine.send({ type: "command", command });
  }

  #command(id: string): EngineCommand | undefined {
    const { limits } = this.#deps.context;
    const set = limits.limits(id, this.#rates(id));
    if (isGroup(id)) return { type: "set-group-limits", group: id, limits: set };
    const entry = this.#entryOf(id);
    // One that rests hears it when it is taken in.
    if (entry === undefined || (entry.phase !== "running" && entry.phase !== "loading")) return undefined;
    const { infoHash } = entry;
    const weighted = { weight: id.startsWith("torrent:") ? weightOf(entry.record) : 1, ...set };
    const endpoint = peerOf(id);
    if (endpoint === undefined) return { type: "set-limits", infoHash, limits: weighted };
    return { type: "set-peer-limits", infoHash, endpoint, limits: weighted };
  }

  async #ask(query: {
    readonly torrents: "busy" | "all";
    readonly peersOf?: InfoHash | undefined;
    readonly id?: string;
  }): Promise<readonly LimitTreeNode[]> {
    const { engine } = this.#deps.context;
    return (await askSoon<readonly LimitTreeNode[]>(engine, { type: "limit-tree", ...query })) ?? [];
  }

  /** What the engine does not know, or did not say in time: labels and trackers of nobody, torrents that rest. */
  #resting(known: ReadonlySet<string>, { torrents = "busy" }: LimitTreeQuery): readonly LimitTreeNode[] {
    const { context, labels } = this.#deps;
    const groups = [
      ...labels.tags().map(({ name }) => `tag:${name}`),
      ...labels.categories().map(categoryId),
      ...PEER_GROUPS,
      ...[...context.limits.ids].filter(isGroup),
    ];
    const nodes = [...new Set(groups)].filter((id) => !known.has(id)).map((id) => restingNode(id, nameOf(id)));
    for (const { infoHash, record } of context.model.entries) {
      const id = `torrent:${infoHash}`;
      const hasOwn = record.limits.down !== undefined || record.limits.up !== undefined || isKept(context, id);
      if (!known.has(id) && (torrents === "all" || hasOwn)) nodes.push(restingNode(id, infoHash, groupsOf(record)));
    }
    return nodes;
  }

  #view({ id, name, parents, weight, down, up }: LimitTreeNode): LimitNode {
    const { context, settings } = this.#deps;
    const rates = this.#rates(id);
    const side = (way: "down" | "up", { strategy: _strategy, ...rest }: LimitTreeSide): LimitSide => ({
      ...rest,
      strategy: context.limits.strategy(id, way, rates),
    });
    const entry = id.startsWith("torrent:") ? this.#entryOf(id) : undefined;
    const isFixed = WAYS.some((way) => !["default", "api"].includes(settings.origin(`limits.${way}`)));
    return {
      id,
      kind: kindOf(id),
      name: entry?.record.name ?? entry?.record.facts?.name ?? name,
      parents,
      weight: context.limits.get(id).weight ?? weight,
      isEditable: id !== "global" || !isFixed,
      down: side("down", down),
      up: side("up", up),
    };
  }

  #entryOf(id: string): Entry | undefined {
    const match = /^(?:torrent|peer):([0-9a-f]{40})(?:\/|$)/.exec(id);
    return match?.[1] === undefined ? undefined : this.#deps.context.model.find(match[1]);
  }

  #need(ref: string): Entry {
    return this.#deps.editor.need(/^\d{1,15}$/.test(ref) ? Number(ref) : ref);
  }
}

function isKept({ limits }: ServiceContext, id: string): boolean {
  const { down, up, weight } = limits.get(id);
  return down !== undefined || up !== undefined || weight !== undefined;
}

function isGroup(id: string): id is GroupName {
  return GROUP.test(id);
}

/** Whether plain rates of it are kept elsewhere. */
function hasRates(id: string): boolean {
  return id === "global" || /^(?:tag|category|torrent):/.test(id);
}

function categoryId({ name }: { readonly name: string }): string {
  return `category:${name}`;
}

function isAtOrAbove(category: string, other: string): boolean {
  return category === other || other.startsWith(`${category}/`);
}

function nameOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}

function kindOf(id: string): LimitNodeKind {
  const colon = id.indexOf(":");
  return (colon < 0 ? id : id.slice(0, colon)) as LimitNodeKind;
}

function groupsOf({ tags, category }: Entry["record"]): readonly GroupName[] {
  const parts = category === undefined ? [] : category.split("/");
  const categories = parts.map((_, index): GroupName => `category:${parts.slice(0, index + 1).join("/")}`);
  return [...tags.map((tag): GroupName => `tag:${tag}`), ...categories];
}

function restingNode(id: string, name: string, groups: readonly GroupName[] = []): LimitTreeNode {
  const parents = id === "global" ? [] : (["global", ...groups] as const);
  return { id: id as LimitTreeNode["id"], name, parents, weight: 1, down: IDLE, up: IDLE };
}

function anchorNow(): number {
  return toMonotonic(weekAnchor(new Date())) % (7 * 24 * 3_600_000);
}
