/**
 * A torrent's files get other names, or another root, while it runs or rests. One request at a time, in order:
 *
 * - The record of what is going to be is saved first, so that a crash finds its way.
 * - While the torrent is active, a rename is one job of the disk between two others, and no peer notices.
 * - Where that cannot do it (another device, a torrent in trouble), the torrent comes to rest, and a script moves its files.
 */
import type { DiskDone, DiskError } from "../ports/disk.ts";
import type { Millis } from "../ports/machine.ts";
import type { TorrentContext } from "../torrent/context.ts";
import type { Bitfield, SafePath } from "@torrential/core";
import { TorrentialError } from "@torrential/core";
import { ScriptPlayer } from "./disk-script.ts";
import type { Layout } from "./layout.ts";
import { type MovePlan, type MoveProgress, moveScript, type RelocationResult } from "./move-script.ts";

export type RelocationRequest =
  | {
      readonly type: "rename-files";
      readonly request: number | undefined;
      readonly files: readonly { readonly file: number; readonly path: SafePath }[];
    }
  | {
      readonly type: "move-storage";
      readonly request: number | undefined;
      readonly root: string;
      readonly bytesPerSec?: number | undefined;
    };

/** What the torrent is doing, as far as its files are concerned. */
export type Readiness =
  /** Its store is open, and peers are served. */
  | "active"
  /** Its store is closed. */
  | "resting"
  /** It is on its way from one to the other. */
  | "between"
  /** It must come to rest before anything can be done. */
  | "stuck";

export interface RelocationDeps {
  readonly context: TorrentContext;
  readonly layout: Layout;
  readonly isWanted: (file: number) => boolean;
  /** Of a move that goes on from an earlier run. */
  readonly moveBytesPerSec: number | undefined;
}

/** Key suffix under which a torrent's place is kept, beside its journal. */
export const PLACE_SUFFIX = ".place";

type Step =
  | { readonly status: "idle" }
  /** The record is on its way to disk. */
  | { readonly status: "saving"; readonly save: number; readonly plan: MovePlan }
  /** The job is at the disk of an active torrent. */
  | { readonly status: "relaying"; readonly job: number; readonly plan: MovePlan }
  /** The torrent must come to rest; with a plan, its record is saved. */
  | { readonly status: "waiting-for-rest"; readonly plan: MovePlan | undefined }
  | { readonly status: "moving"; readonly player: ScriptPlayer<RelocationResult>; readonly plan: MovePlan }
  /** The script was interrupted, and its store is being closed. */
  | { readonly status: "closing"; readonly job: number };

export class Relocation {
  readonly #deps: RelocationDeps;
  readonly #queue: RelocationRequest[] = [];
  readonly #progress: MoveProgress = { movedBytes: 0, totalBytes: 0 };
  #step: Step = { status: "idle" };
  /** An unfinished move waits for the torrent's next start. */
  #isHeld = true;

  constructor(deps: RelocationDeps) {
    this.#deps = deps;
    const { movingTo } = deps.layout;
    if (movingTo === undefined) return;
    const bytesPerSec = deps.moveBytesPerSec;
    this.#queue.push({ type: "move-storage", request: undefined, root: movingTo, bytesPerSec });
  }

  /** The torrent should stop, and be started again when `isMoving` was true and is no more. */
  get needsRest(): boolean {
    return this.#step.status === "waiting-for-rest";
  }

  /** A script has the files of the torrent, which must stay at rest. */
  get isMoving(): boolean {
    return this.#step.status === "moving" || this.#step.status === "closing";
  }

  /** The layout at the disk is about to be another than the one here. */
  get isRelaying(): boolean {
    return this.#step.status === "relaying";
  }

  /** Something is to be done before the torrent's files are opened. */
  get isPending(): boolean {
    return this.#step.status !== "idle" || (this.#queue.length > 0 && !this.#isHeld);
  }

  get progress(): Readonly<MoveProgress> {
    return this.#progress;
  }

  add(request: RelocationRequest): void {
    this.#queue.push(request);
    this.#isHeld = false;
  }

  /** The torrent is started: what was interrupted goes on. */
  resume(): void {
    this.#isHeld = false;
  }

  /** Does what can be done now. Call when something may have changed. */
  advance(readiness: Readiness, have: Bitfield, now: Millis): void {
    if (readiness === "between" || this.#isHeld) return;
    const step = this.#step;
    if (step.status === "idle") this.#begin(readiness);
    if (step.status !== "waiting-for-rest" || readiness !== "resting") return;
    if (step.plan === undefined) this.#begin(readiness);
    else this.#move(step.plan, have, now);
  }

  /** The record is on disk, or could not be written. */
  handleSaved(save: number, result: { readonly ok: boolean }, readiness: Readiness): void {
    const step = this.#step;
    if (step.status !== "saving" || step.save !== save) return;
    if (!result.ok) {
      this.#finish(step.plan, { ok: false, class: "io", message: "The state folder could not be written." });
    } else if (readiness === "active") this.#relay(step.plan);
    else this.#step = { status: "waiting-for-rest", plan: step.plan };
  }

  /** False when the answer is none of its business. */
  handleDiskDone(done: DiskDone, now: Millis): boolean {
    const step = this.#step;
    if (step.status === "relaying" && done.job === step.job) {
      this.#handleRelaid(step.plan, done);
      return true;
    }
    if (step.status === "closing" && done.job === step.job) {
      this.#step = { status: "idle" };
      return true;
    }
    if (step.status !== "moving" || !step.player.handleDiskDone(done, now)) return false;
    this.#follow(step.player, step.plan);
    return true;
  }

  /** The move goes on at the next start. What is at the disk is waited for. */
  interrupt(): void {
    if (this.#step.status !== "moving") return;
    this.#step.player.cancel();
    this.#follow(this.#step.player, this.#step.plan);
  }

  /** The torrent goes away: whoever waits hears it. */
  giveUp(): void {
    for (const request of this.#queue.splice(0)) {
      this.#answer(request.request, { ok: false, class: "refused", message: "The torrent was removed." });
    }
  }

  nextTimeout(): Millis | undefined {
    return this.#step.status === "moving" ? this.#step.player.nextTimeout() : undefined;
  }

  handleTimeout(now: Millis): void {
    if (this.#step.status !== "moving") return;
    this.#step.player.handleTimeout(now);
    this.#follow(this.#step.player, this.#step.plan);
  }

  #begin(readiness: Readiness): void {
    this.#step = { status: "idle" };
    const request = this.#queue[0];
    if (request === undefined) return;
    const plan = this.#planOf(request);
    if (plan === undefined) return;
    const { layout, context } = this.#deps;
    if (readiness === "stuck") {
      this.#step = { status: "waiting-for-rest", plan: undefined };
      return;
    }
    const bytes = plan.type === "rename" ? layout.startRenaming(plan.names) : layout.startMoving(plan.root);
    const save = context.nextSaveId();
    this.#step = { status: "saving", save, plan };
    context.out.push({ type: "journal-replace", key: context.infoHash + PLACE_SUFFIX, bytes, save });
  }

  /** Undefined when there is nothing to do, or it is refused: that is answered. */
  #planOf(request: RelocationRequest): MovePlan | undefined {
    const { layout } = this.#deps;
    if (request.type === "move-storage") {
      if (request.root !== layout.root) return { type: "move", root: request.root, bytesPerSec: request.bytesPerSec };
      layout.cancelMoving();
      this.#end({ ok: true });
      return undefined;
    }
    try {
      const names = layout.renamed(new Map(request.files.map(({ file, path }) => [file, path])));
      const asked = new Set(request.files.map(({ file }) => file));
      const isPushed = names.some((name, file) => !asked.has(file) && name.join("/") !== layout.nameOf(file).join("/"));
      const isOther = request.files.some(({ file, path }) => names[file]?.join("/") !== path.join("/"));
      if (!isPushed && !isOther) return { type: "rename", names };
      this.#end({ ok: false, class: "refused", message: "Another file of the torrent has that name." });
    } catch (error) {
      if (!(error instanceof TorrentialError)) throw error;
      this.#end({ ok: false, class: "too-long", message: error.message });
    }
    return undefined;
  }

  #relay(plan: MovePlan): void {
    const { context, layout } = this.#deps;
    const { store, nextId, out } = context;
    const root = plan.type === "rename" ? layout.root : plan.root;
    const places = plan.type === "rename" ? layout.renamePlaces(plan.names) : layout.movePlaces();
    const job = nextId();
    this.#step = { status: "relaying", job, plan };
    out.push({ type: "disk", job: { type: "relayout", job, store, root, places } });
  }

  #handleRelaid(plan: MovePlan, done: DiskDone): void {
    if (done.type === "relaid") return this.#finish(plan, { ok: true });
    const error: DiskError = done.type === "failed" ? done.error : { class: "io", message: `got "${done.type}"` };
    if (plan.type === "move" && error.class === "other-device") this.#step = { status: "waiting-for-rest", plan };
    else this.#finish(plan, { ok: false, ...error });
  }

  #move(plan: MovePlan, have: Bitfield, now: Millis): void {
    const { context, layout, isWanted } = this.#deps;
    const { store, geometry, fileMap, metainfo, nextId, out } = context;
    const { pieceHashes } = metainfo;
    this.#progress.movedBytes = 0;
    this.#progress.totalBytes = 0;
    const view = { store, layout, geometry, fileMap, pieceHashes, have, isWanted, nextId, progress: this.#progress };
    const player = new ScriptPlayer(moveScript(view, plan), (job) => out.push({ type: "disk", job }));
    this.#step = { status: "moving", player, plan };
    player.start(now);
  }

  #follow(player: ScriptPlayer<RelocationResult>, plan: MovePlan): void {
    if (!player.isOver) return;
    if (player.result !== undefined) return this.#finish(plan, player.result);
    const { context } = this.#deps;
    const { store, nextId, out } = context;
    // Interrupted: the record stays as it is, and the next start goes on from it.
    const job = nextId();
    out.push({ type: "disk", job: { type: "close", job, store, deleteFiles: false } });
    const request = this.#queue.shift();
    this.#step = { status: "closing", job };
    this.#isHeld = true;
    const message = "The torrent was stopped: the move goes on when it is started again.";
    this.#answer(request?.request, { ok: false, class: "refused", message });
    if (request !== undefined) this.#queue.unshift({ ...request, request: undefined });
  }

  #finish(plan: MovePlan, result: RelocationResult): void {
    const { layout } = this.#deps;
    if (result.ok && plan.type === "rename") layout.finishRenaming(plan.names);
    if (result.ok && plan.type === "move") layout.finishMoving(plan.root);
    if (!result.ok && plan.type === "move") layout.cancelMoving();
    this.#save(layout.encode());
    if (result.ok) this.#tell(plan);
    this.#end(result);
  }

  #save(bytes: Uint8Array): void {
    const { infoHash, out } = this.#deps.context;
    out.push({ type: "journal-replace", key: infoHash + PLACE_SUFFIX, bytes });
  }

  #tell(plan: MovePlan): void {
    const { out, infoHash } = this.#deps.context;
    if (plan.type === "move") out.push({ type: "event", event: { type: "moved", infoHash, root: plan.root } });
    else out.push({ type: "event", event: { type: "renamed", infoHash, paths: plan.names } });
  }

  #end(result: RelocationResult): void {
    this.#step = { status: "idle" };
    this.#answer(this.#queue.shift()?.request, result);
  }

  #answer(request: number | undefined, result: RelocationResult): void {
    if (request !== undefined) this.#deps.context.out.push({ type: "command-done", request, result });
  }
}
