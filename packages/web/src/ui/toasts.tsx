/** Short news at the edge of the page: what was done, with a way to undo it, or what went wrong. Read out once. */
import { createContext, useCallback, useContext, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "./icon.tsx";

export interface Toast {
  readonly message: string;
  readonly isError?: boolean;
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

type Show = (toast: Toast) => void;

const ToastContext = createContext<Show>(() => undefined);
const SHOWN_MS = 8_000;
const TOASTS_MAX = 4;

export function useToast(): Show {
  return useContext(ToastContext);
}

export function Toasts({ children }: { readonly children: React.ReactNode }): React.JSX.Element {
  const { t } = useTranslation();
  const [toasts, setToasts] = useState<readonly (Toast & { readonly id: number })[]>([]);
  const drop = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const show = useMemo<Show>(() => {
    let lastId = 0;
    return (toast) => {
      lastId += 1;
      const id = lastId;
      setToasts((all) => [...all.slice(1 - TOASTS_MAX), { ...toast, id }]);
      // An error stays until it was seen.
      if (toast.isError !== true) setTimeout(() => drop(id), SHOWN_MS);
    };
  }, [drop]);
  return (
    <ToastContext value={show}>
      {children}
      <div
        role="status"
        aria-live="polite"
        className="fixed bottom-12 end-4 z-50 flex flex-col gap-2 max-w-[90vw] w-96"
      >
        {toasts.map(({ id, message, isError, action }) => (
          <div
            key={id}
            className={`flex items-center gap-3 px-3 py-2 rounded-lg border bg-raised shadow-lg ${isError === true ? "border-bad" : "border-line"}`}
          >
            <span className="flex-1 wrap-anywhere">{message}</span>
            {action !== undefined && (
              <button
                type="button"
                className="button"
                onClick={() => {
                  action.run();
                  drop(id);
                }}
              >
                {action.label}
              </button>
            )}
            <button type="button" className="icon-button" aria-label={t("close")} onClick={() => drop(id)}>
              <Icon name="close" size={16} />
            </button>
          </div>
        ))}
      </div>
    </ToastContext>
  );
}
