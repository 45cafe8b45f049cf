/** A dialog over the page: title, contents, a way out. Focus stays inside and returns where it came from. */
import { Dialog } from "@base-ui/react/dialog";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Icon } from "./icon.tsx";

/** Where one begins, if there is any: at a field, or at the answer to a question. */
const FIRST = "input:not([type=checkbox]), textarea, select, [data-first]";

export interface ModalProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly isWide?: boolean;
  readonly children: React.ReactNode;
}

export function Modal({ title, isOpen, onClose, isWide = false, children }: ModalProps): React.JSX.Element {
  const { t } = useTranslation();
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open={isOpen} onOpenChange={(open) => (open ? undefined : onClose())}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 bg-black/50 z-40" />
        <Dialog.Popup
          ref={popup}
          initialFocus={() => popup.current?.querySelector<HTMLElement>(FIRST) ?? true}
          className={`fixed z-50 inset-x-0 bottom-0 sm:inset-auto sm:left-1/2 sm:top-1/2 sm:-translate-x-1/2 sm:-translate-y-1/2 w-full ${isWide ? "sm:w-[52rem]" : "sm:w-[34rem]"} sm:max-w-[94vw] max-h-[92vh] flex flex-col rounded-t-xl sm:rounded-xl border border-line bg-raised text-ink shadow-2xl`}
        >
          <div className="flex items-center gap-3 px-4 py-3 border-b border-line">
            <Dialog.Title className="text-base font-semibold flex-1">{title}</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label={t("close")}>
              <Icon name="close" />
            </Dialog.Close>
          </div>
          <div className="p-4 overflow-auto flex flex-col gap-4">{children}</div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
