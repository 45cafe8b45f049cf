/** Hooks on the live state: a component is drawn again only when the part that it reads is another. */
import { createContext, useContext, useSyncExternalStore } from "react";
import type { LiveState, LiveStore } from "./live-store.ts";

export const LiveContext: React.Context<LiveStore | undefined> = createContext<LiveStore | undefined>(undefined);

export function useLiveStore(): LiveStore {
  const store = useContext(LiveContext);
  if (store === undefined) throw new Error("there is no LiveContext around this component");
  return store;
}

/** `select` must return the same object while nothing in it changed. */
export function useLive<T>(select: (state: LiveState) => T): T {
  const store = useLiveStore();
  return useSyncExternalStore(store.subscribe, () => select(store.getState()));
}
