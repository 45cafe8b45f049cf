/** What the user wants of a torrent: which files, in which order; and how much of it is here. */
import type { Bitfield } from "@torrential/core";
import type { SlotCount } from "../choker/choker.ts";
import type { PieceOrder } from "../picker/picker.ts";
import type { Millis } from "../ports/machine.ts";
import type { AddOptions, Command } from "../session/commands.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { Progress } from "./progress.ts";
import { Selection, type SelectionView } from "./selection.ts";

/** What changes wishes while the torrent is there. */
export type WishCommand = Extract<
  Command,
  {
    readonly type:
      | "set-file-priorities"
      | "set-order"
      | "set-first-and-last"
      | "set-super-seeding"
      | "set-upload-slots"
      | "set-peers-max";
  }
>;

export class Wishes {
  readonly #view: SelectionView;
  #priorities: readonly number[];
  #firstAndLast: boolean;
  #selection: Selection;
  #progress: Progress;
  order: PieceOrder;
  /** BEP 16. */
  superSeed: boolean;
  uploadSlots: SlotCount;
  /** Undefined for the usual number. */
  peersMax: number | undefined;

  constructor(view: SelectionView, add: AddOptions, have: Bitfield) {
    this.#view = view;
    this.#priorities = add.filePriorities ?? [];
    this.#firstAndLast = add.firstAndLast ?? false;
    this.order = add.order ?? "rarest-first";
    this.superSeed = add.superSeed ?? false;
    this.uploadSlots = add.uploadSlots ?? "adaptive";
    this.peersMax = add.peersMax;
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

  /** As they would be added again. */
  get options(): Pick<
    AddOptions,
    "filePriorities" | "firstAndLast" | "order" | "superSeed" | "uploadSlots" | "peersMax"
  > {
    const { order, superSeed, uploadSlots, peersMax } = this;
    const [filePriorities, firstAndLast] = [this.#priorities, this.#firstAndLast];
    return { filePriorities, firstAndLast, order, superSeed, uploadSlots, peersMax };
  }

  get selection(): Selection {
    return this.#selection;
  }

  /** `swarm`: of the present run, which hears of it. */
  handleCommand(command: WishCommand, swarm: Swarm | undefined, have: Bitfield, now: Millis): void {
    switch (command.type) {
      case "set-file-priorities":
        this.#priorities = command.priorities;
        this.#selection = this.#select();
        this.#progress = new Progress(this.#view, this.#selection, have);
        break;
      case "set-order":
        this.order = command.order;
        break;
      case "set-first-and-last":
        this.#firstAndLast = command.enabled;
        this.#selection = this.#select();
        break;
      case "set-super-seeding":
        this.superSeed = command.enabled;
        swarm?.setSuperSeeding(command.enabled, now);
        return;
      case "set-upload-slots":
        this.uploadSlots = command.slots;
        swarm?.setUploadSlots(command.slots);
        return;
      case "set-peers-max":
        this.peersMax = command.peersMax;
        swarm?.setPeersMax(command.peersMax, now);
        return;
      default:
        command satisfies never;
    }
    if (swarm !== undefined) this.apply(swarm);
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
