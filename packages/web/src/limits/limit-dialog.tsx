/** How much a node of the tree may take, in both directions: which strategy, and its numbers. */
import type { LimitNode, LimitStrategy } from "@torrential/api";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client, describeError, queries } from "../live/client.ts";
import { toSpans, toWeek, readSpans } from "../settings/week.ts";
import { WeekGrid } from "../settings/week-grid.tsx";
import { FormButtons } from "../ui/form-buttons.tsx";
import { Labelled } from "../ui/labelled.tsx";
import { Modal } from "../ui/modal.tsx";
import { RateField } from "../ui/rate-field.tsx";
import { changeType, makeSchedule, rateOf, STRATEGY_TYPES, toLimit, weekOf } from "./strategies.ts";

export interface LimitDialogProps {
  readonly node: LimitNode;
  readonly onClose: () => void;
}

export function LimitDialog({ node, onClose }: LimitDialogProps): React.JSX.Element {
  const { t } = useTranslation();
  const [down, setDown] = useState(node.down.strategy);
  const [up, setUp] = useState(node.up.strategy);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const save = async (): Promise<void> => {
    try {
      await client.call("setLimit", { query: { id: node.id }, body: { down, up } });
      await queries.invalidateQueries();
      onClose();
    } catch (error) {
      setProblem(describeError(error));
    }
  };
  const name = node.kind === "global" ? t("limitTree.global") : node.name;
  return (
    <Modal title={t("limitTree.changeOf", { name })} isOpen onClose={onClose} isWide>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <StrategyFields label={t("limits.down")} strategy={down} onStrategy={setDown} />
        <StrategyFields label={t("limits.up")} strategy={up} onStrategy={setUp} />
        {problem !== undefined && (
          <p role="alert" className="text-bad wrap-anywhere">
            {problem}
          </p>
        )}
        <FormButtons onCancel={onClose} />
      </form>
    </Modal>
  );
}

interface StrategyFieldsProps {
  readonly label: string;
  readonly strategy: LimitStrategy;
  readonly onStrategy: (strategy: LimitStrategy) => void;
}

function StrategyFields({ label, strategy, onStrategy }: StrategyFieldsProps): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <div className="grid gap-4 sm:grid-cols-3">
      <Labelled label={label}>
        {(ids) => (
          <select
            {...ids}
            className="field"
            value={strategy.type}
            onChange={({ target }) =>
              onStrategy(changeType(strategy, STRATEGY_TYPES.find((each) => each === target.value) ?? "unlimited"))
            }
          >
            {STRATEGY_TYPES.map((type) => (
              <option key={type} value={type}>
                {t(`limitTree.strategy.${type}`)}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      <Numbers strategy={strategy} onStrategy={onStrategy} />
    </div>
  );
}

function Numbers({ strategy, onStrategy }: Omit<StrategyFieldsProps, "label">): React.JSX.Element | undefined {
  const { t } = useTranslation();
  switch (strategy.type) {
    case "unlimited":
      return undefined;
    case "fixed":
      return (
        <RateField
          label={t("limitTree.rate")}
          value={strategy.bytesPerSec}
          onChange={(rate) => onStrategy(toLimit(rate))}
        />
      );
    case "guarantee-and-ceiling":
      return (
        <>
          <RateField
            label={t("limitTree.guarantee")}
            value={strategy.guaranteeBytesPerSec}
            onChange={(rate) => onStrategy({ ...strategy, guaranteeBytesPerSec: rate ?? 0 })}
          />
          <RateField
            label={t("limitTree.ceiling")}
            value={strategy.ceilingBytesPerSec}
            onChange={(rate) => onStrategy({ ...strategy, ceilingBytesPerSec: rate })}
          />
        </>
      );
    case "schedule":
      return (
        <>
          <RateField
            label={t("limitTree.painted")}
            value={rateOf(strategy)}
            onChange={(rate) => onStrategy(makeSchedule(toLimit(rate), weekOf(strategy)))}
          />
          <div className="sm:col-span-3 min-w-0">
            <WeekGrid
              label={t("limitTree.week")}
              value={toSpans(weekOf(strategy))}
              isFixed={false}
              onSave={(spans) => onStrategy(makeSchedule(toLimit(rateOf(strategy)), toWeek(readSpans(spans))))}
            />
          </div>
        </>
      );
    default:
      return strategy satisfies never;
  }
}
