/** Which columns the list shows. Their order and width are changed at the head of the list. */
import { useTranslation } from "react-i18next";
import { Modal } from "../ui/modal.tsx";
import { type ColumnChoice, COLUMNS, defaultChoice, toggleColumn } from "./columns.ts";

export interface ColumnsDialogProps {
  readonly columns: readonly ColumnChoice[];
  readonly onColumns: (columns: readonly ColumnChoice[]) => void;
  readonly onClose: () => void;
}

export function ColumnsDialog({ columns, onColumns, onClose }: ColumnsDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <Modal title={t("columns.title")} isOpen onClose={onClose}>
      <p className="text-dim">{t("columns.hint")}</p>
      <div className="grid grid-cols-1 sm:grid-cols-2 gap-2">
        {COLUMNS.map(({ field }) => (
          <label key={field} className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={columns.some((each) => each.field === field)}
              onChange={() => onColumns(toggleColumn(columns, field))}
            />
            {t(`field.${field}`)}
          </label>
        ))}
      </div>
      <button type="button" className="button self-start" onClick={() => onColumns(defaultChoice())}>
        {t("columns.reset")}
      </button>
    </Modal>
  );
}
