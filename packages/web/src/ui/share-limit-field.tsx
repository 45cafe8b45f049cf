/** When seeding ends: one of some usual values, never, or as the settings say. */
import type { ShareLimit } from "@torrential/api";
import { Labelled } from "./labelled.tsx";
import { useTranslation } from "react-i18next";

export interface ShareLimitFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: ShareLimit;
  readonly choices: readonly number[];
  readonly show: (value: number) => string;
  readonly onChange: (value: ShareLimit) => void;
}

export function ShareLimitField({
  label,
  hint,
  value,
  choices,
  show,
  onChange,
}: ShareLimitFieldProps): React.JSX.Element {
  const { t } = useTranslation();
  // Other programs set values between ours.
  const offered = typeof value === "number" && !choices.includes(value) ? [...choices, value] : choices;
  return (
    <Labelled label={label} hint={hint}>
      {(ids) => (
        <select
          {...ids}
          className="field"
          value={String(value)}
          onChange={({ target }) =>
            onChange(target.value === "global" || target.value === "none" ? target.value : Number(target.value))
          }
        >
          <option value="global">{t("limits.global")}</option>
          <option value="none">{t("limits.none")}</option>
          {offered.map((each) => (
            <option key={each} value={each}>
              {show(each)}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}
