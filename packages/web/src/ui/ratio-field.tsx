/** At which ratio of uploaded to downloaded seeding ends. */
import type { ShareLimit } from "@torrential/api";
import { useTranslation } from "react-i18next";
import { Labelled } from "./labelled.tsx";

const RATIOS: readonly number[] = [0.5, 1, 1.5, 2, 3, 5, 10];

export interface RatioFieldProps {
  readonly value: ShareLimit;
  readonly onChange: (value: ShareLimit) => void;
}

export function RatioField({ value, onChange }: RatioFieldProps): React.JSX.Element {
  const { t, i18n } = useTranslation();
  const offered = typeof value === "number" && !RATIOS.includes(value) ? [...RATIOS, value] : RATIOS;
  const format = new Intl.NumberFormat(i18n.language);
  return (
    <Labelled label={t("limits.ratio")} hint={t("limits.ratioHint")}>
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
          {offered.map((ratio) => (
            <option key={ratio} value={ratio}>
              {format.format(ratio)}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  );
}
