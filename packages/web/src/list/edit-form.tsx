/** What dialogs that change the chosen torrents have in common. */
import { FormButtons } from "../ui/form-buttons.tsx";
import { Modal } from "../ui/modal.tsx";
import type { Selection } from "./selection.ts";

export interface EditDialogProps {
  readonly selection: Selection;
  readonly total: number;
  readonly onClose: () => void;
}

export interface EditFormProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly onSave: () => Promise<void>;
  readonly children: React.ReactNode;
}

export function EditForm({ title, onClose, onSave, children }: EditFormProps): React.JSX.Element {
  return (
    <Modal title={title} isOpen onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void onSave();
        }}
      >
        {children}
        <FormButtons onCancel={onClose} />
      </form>
    </Modal>
  );
}
