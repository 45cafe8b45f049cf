/** At which ratio of uploaded to downloaded seeding ends. */
import type { ShareLimit } from "@torrential/api";
import { useTranslation } from "react-i18next";
import { ShareLimitField } from "./share-limit-field.tsx";
import { useFormat } from "./use-format.ts";

const RATIOS: readonly number[] = [0.5, 1, 1.5, 2, 3, 5, 10];

export interface RatioFieldProps {
  readonly value: ShareLimit;
  readonly onChange: (value: ShareLimit) => void;
}

export function RatioField({ value, onChange }: RatioFieldProps): React.JSX.Element {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <ShareLimitField
      label={t("limits.ratio")}
      hint={t("limits.ratioHint")}
      value={value}
      choices={RATIOS}
      show={(ratio) => format.number(ratio)}
      onChange={onChange}
    />
  );
}
