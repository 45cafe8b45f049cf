/** Runs a command of the user's and says what became of it. */
import { useCallback } from "react";
import { describeError, queries } from "../live/client.ts";
import { type Toast, useToast } from "./toasts.tsx";

/** `done` is what to say when it worked. What other parts of the page have read is read again. */
export type Act = (work: () => Promise<unknown>, done?: Toast) => void;

export function useAct(): Act {
  const show = useToast();
  return useCallback(
    (work, done) => {
      work().then(
        async () => {
          if (done !== undefined) show(done);
          await queries.invalidateQueries();
        },
        (error: unknown) => show({ message: describeError(error), isError: true }),
      );
    },
    [show],
  );
}
