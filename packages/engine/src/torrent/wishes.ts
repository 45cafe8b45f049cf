/** What the user wants of a torrent: which files, in which order; and how much of it is here. */
import type { Bitfield } from "@torrential/core";
import type { PieceOrder } from "../picker/picker.ts";
import type { AddOptions } from "../session/commands.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { Progress } from "./progress.ts";
import { Selection, type SelectionView } from "./selection.ts";

export class Wishes {
  readonly #view: SelectionView;
  #priorities: readonly number[];
  #firstAndLast: boolean;
  #selection: Selection;
  #progress: Progress;
  order: PieceOrder;
  /** BEP 16. */
  superSeed: boolean;

  constructor(view: SelectionView, add: AddOptions, have: Bitfield) {
    this.#view = view;
    this.#priorities = add.filePriorities ?? [];
    this.#firstAndLast = add.firstAndLast ?? false;
    this.order = add.order ?? "rarest-first";
    this.superSeed = add.superSeed ?? false;
    this.#selection = this.#select();
    this.#progress = new Progress(view, this.#selection, have);
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** Indexes of wanted files of zero length: no piece ever makes them. */
  get emptyFiles(): readonly number[] {
    return this.#selection.wantedEmptyFiles;
  }

  /** By file index. */
  setFilePriorities(priorities: readonly number[], have: Bitfield): void {
    this.#priorities = priorities;
    this.#selection = this.#select();
    this.#progress = new Progress(this.#view, this.#selection, have);
  }

  setFirstAndLast(enabled: boolean): void {
    this.#firstAndLast = enabled;
    this.#selection = this.#select();
  }

  /** A run begins with these pieces. */
  begin({ picker }: Swarm): void {
    this.#selection.apply(picker);
    this.#progress = new Progress(this.#view, this.#selection, picker.have);
  }

  /** Tells a running picker. */
  apply({ picker }: Swarm): void {
    picker.setOrder(this.order);
    this.#selection.apply(picker);
  }

  #select(): Selection {
    return new Selection(this.#view, { priorities: this.#priorities, firstAndLast: this.#firstAndLast });
  }
}
