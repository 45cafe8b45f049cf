/** How a form ends: without a change, or with it. */
import { useTranslation } from "react-i18next";

export function FormButtons({ onCancel }: { readonly onCancel: () => void }): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <div className="flex justify-end gap-2">
      <button type="button" className="button" onClick={onCancel}>
        {t("cancel")}
      </button>
      <button type="submit" className="button button-main">
        {t("save")}
      </button>
    </div>
  );
}
