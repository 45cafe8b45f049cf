/** How a form ends: without a change, or with it. */
import { useTranslation } from "react-i18next";

interface FormButtonsProps {
  readonly onCancel: () => void;
  /** What they say, where that is not "cancel" and "save". */
  readonly cancel?: string;
  readonly confirm?: string;
}

export function FormButtons({ onCancel, cancel, confirm }: FormButtonsProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <div className="flex justify-end gap-2">
      <button type="button" className="button" onClick={onCancel}>
        {cancel ?? t("cancel")}
      </button>
      <button type="submit" className="button button-main">
        {confirm ?? t("save")}
      </button>
    </div>
  );
}
