/** Whether the page is too narrow for a table. */
import { useSyncExternalStore } from "react";

const query = matchMedia("(max-width: 700px)");

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches);
}

function subscribe(listener: () => void): () => void {
  query.addEventListener("change", listener);
  return () => query.removeEventListener("change", listener);
}
