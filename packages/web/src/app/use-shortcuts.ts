/** Keys that work anywhere on the page, but for fields and dialogs. */
import { useEffect } from "react";
import { openDialog } from "../list/dialogs.ts";
import type { RunAction } from "../list/use-actions.ts";

export function useShortcuts(run: RunAction, closeDetails: () => void): void {
  useEffect(() => {
    const handle = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      switch (event.key) {
        case "?":
          openDialog("keys");
          break;
        case "a":
        case "n":
          openDialog("add");
          break;
        case "/":
          document.querySelector<HTMLElement>("#search")?.focus();
          break;
        case "s":
          void run("start");
          break;
        case "p":
          void run("stop");
          break;
        case "Escape":
          closeDetails();
          return;
        default:
          return;
      }
      event.preventDefault();
    };
    document.addEventListener("keydown", handle);
    return () => document.removeEventListener("keydown", handle);
  }, [run, closeDetails]);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, select, textarea, [role=dialog], [role=menu]") !== null;
}
