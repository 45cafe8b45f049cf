/** Which dialog is open over the list: one at a time, opened from menus, tool bar and keyboard alike. */
import { useSyncExternalStore } from "react";

export type DialogName =
  | "add"
  | "remove"
  | "labels"
  | "limits"
  | "options"
  | "move"
  | "columns"
  | "keys"
  | "label-editor"
  | "create";

let open: DialogName | undefined;
const listeners = new Set<() => void>();

export function openDialog(name: DialogName | undefined): void {
  open = name;
  for (const listener of listeners) listener();
}

export function useDialog(): DialogName | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => open,
  );
}
