/** The windows that streams look through: those who look at the same share one, which is told once what changed in it. */
import type { ApiEvent, ViewEvent, Viewport } from "@torrential/api";
import type { ChangeBatch } from "../../service/changes.ts";
import type { Service } from "../../service/service.ts";
import { ViewportState } from "./viewport.ts";

type Delta = Extract<ApiEvent, { readonly type: "delta" }>;

/** One window, and how many look through it. */
interface Shared {
  readonly key: string;
  readonly state: ViewportState;
  users: number;
  /** Of the latest batch. */
  batch: ChangeBatch | undefined;
  delta: Delta | undefined;
}

/** What a stream holds of a window. */
export interface Window {
  readonly key: string;
}

export class Viewports {
  readonly #shared = new Map<string, Shared>();

  /** To be given back by `close`. Throws "invalid". */
  open(viewport: Viewport): Window {
    const key = JSON.stringify(viewport, Object.keys(viewport).toSorted());
    const known = this.#shared.get(key);
    if (known !== undefined) {
      known.users += 1;
      return known;
    }
    const shared = { key, state: new ViewportState(viewport), users: 1, batch: undefined, delta: undefined };
    this.#shared.set(key, shared);
    return shared;
  }

  close({ key }: Window): void {
    const shared = this.#shared.get(key);
    if (shared === undefined) return;
    shared.users -= 1;
    if (shared.users === 0) this.#shared.delete(key);
  }

  /** All that is in sight. */
  show({ key }: Window, service: Service): ViewEvent {
    return this.#need(key).state.show(service);
  }

  /** What changed of what is in sight; undefined when nothing did. The same object for all who look. */
  update({ key }: Window, service: Service, batch: ChangeBatch): Delta | undefined {
    const shared = this.#need(key);
    if (shared.batch !== batch) {
      shared.batch = batch;
      const delta = shared.state.update(service, batch);
      shared.delta = delta === undefined ? undefined : { type: "delta", ...delta };
    }
    return shared.delta;
  }

  #need(key: string): Shared {
    const shared = this.#shared.get(key);
    if (shared === undefined) throw new Error(`nobody looks at ${key}`);
    return shared;
  }
}
