/** A rate in kB/s; empty is no limit. */
import { useTranslation } from "react-i18next";
import { Labelled } from "./labelled.tsx";

const KILOBYTE = 1_000;

export interface RateFieldProps {
  readonly label: string;
  /** Bytes per second. */
  readonly value: number | undefined;
  readonly onChange: (bytesPerSec: number | undefined) => void;
}

export function RateField({ label, value, onChange }: RateFieldProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <Labelled label={label} hint={t("limits.rateHint")}>
      {(ids) => (
        <input
          {...ids}
          className="field"
          type="number"
          min={0}
          inputMode="numeric"
          value={value === undefined ? "" : value / KILOBYTE}
          onChange={(event) => {
            const kilobytes = Number(event.target.value);
            onChange(event.target.value === "" || kilobytes <= 0 ? undefined : Math.round(kilobytes * KILOBYTE));
          }}
        />
      )}
    </Labelled>
  );
}
