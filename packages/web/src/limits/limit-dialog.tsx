/** How much a node of the tree may take, in both directions: which strategy, and its numbers. */
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { describeError, queries } from "../live/client.ts";
import { Labelled } from "../ui/labelled.tsx";
import { Modal } from "../ui/modal.tsx";
import { RateField } from "../ui/rate-field.tsx";
import { saveLimits } from "./compose-tree.ts";
import { ceilingOf, type LimitNode, type LimitStrategy } from "./limit-tree.ts";

/** What a fixed rate begins with. */
const RATE_DEFAULT = 1_000_000;
const STRATEGIES: readonly LimitStrategy["type"][] = ["unlimited", "fixed"];

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
      await saveLimits(node, { down: ceilingOf(down), up: ceilingOf(up) });
      await queries.invalidateQueries();
      onClose();
    } catch (error) {
      setProblem(describeError(error));
    }
  };
  const name = node.kind === "global" ? t("limitTree.global") : node.name;
  return (
    <Modal title={t("limitTree.changeOf", { name })} isOpen onClose={onClose}>
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
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={onClose}>
            {t("cancel")}
          </button>
          <button type="submit" className="button button-main">
            {t("save")}
          </button>
        </div>
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
    <div className="grid gap-4 sm:grid-cols-2">
      <Labelled label={label}>
        {(ids) => (
          <select
            {...ids}
            className="field"
            value={strategy.type}
            onChange={(event) =>
              onStrategy(
                event.target.value === "fixed"
                  ? { type: "fixed", bytesPerSec: ceilingOf(strategy) ?? RATE_DEFAULT }
                  : { type: "unlimited" },
              )
            }
          >
            {STRATEGIES.map((type) => (
              <option key={type} value={type}>
                {t(`limitTree.strategy.${type}`)}
              </option>
            ))}
          </select>
        )}
      </Labelled>
      {strategy.type === "fixed" && (
        <RateField
          label={t("limitTree.rate")}
          value={strategy.bytesPerSec}
          onChange={(rate) =>
            onStrategy(rate === undefined ? { type: "unlimited" } : { type: "fixed", bytesPerSec: rate })
          }
        />
      )}
    </div>
  );
}
