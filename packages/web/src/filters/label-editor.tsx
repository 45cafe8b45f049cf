/** Categories and tags: made, renamed, colored, limited, taken away. */
import type { Category, Tag } from "@torrential/api";
import { Tabs } from "@base-ui/react/tabs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../live/client.ts";
import { useLive } from "../live/use-live.ts";
import { Dot } from "../ui/dot.tsx";
import { Icon } from "../ui/icon.tsx";
import { Modal } from "../ui/modal.tsx";
import { useAct } from "../ui/use-act.ts";
import { useFormat } from "../ui/use-format.ts";
import { LabelForm, type LabelKind } from "./label-form.tsx";
import { useCategories, useTags } from "./use-labels.ts";

const KINDS: readonly LabelKind[] = ["categories", "tags"];

export function LabelEditor({ onClose }: { readonly onClose: () => void }): React.JSX.Element {
  const { t } = useTranslation();
  const categories = useCategories();
  const tags = useTags();
  const [kind, setKind] = useState<LabelKind>("categories");
  const [edited, setEdited] = useState<Category | Tag | "new" | undefined>(undefined);
  const labels = kind === "categories" ? categories : tags;
  return (
    <Modal title={t("label.editor")} isOpen onClose={onClose} isWide>
      <Tabs.Root
        value={kind}
        onValueChange={(value: LabelKind) => {
          setKind(value);
          setEdited(undefined);
        }}
      >
        <Tabs.List className="flex gap-1 border-b border-line" aria-label={t("label.editor")}>
          {KINDS.map((each) => (
            <Tabs.Tab key={each} value={each} className="tab">
              {t(`label.${each}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={kind} className="flex flex-col gap-4 pt-4">
          {edited === undefined ? (
            <>
              <LabelList kind={kind} labels={labels} onEdit={setEdited} />
              <button type="button" className="button self-start" onClick={() => setEdited("new")}>
                <Icon name="add" size={16} />
                {t(kind === "categories" ? "label.newCategory" : "label.newTag")}
              </button>
            </>
          ) : (
            <LabelForm
              key={edited === "new" ? "" : edited.name}
              kind={kind}
              label={edited === "new" ? undefined : edited}
              onDone={() => setEdited(undefined)}
            />
          )}
        </Tabs.Panel>
      </Tabs.Root>
    </Modal>
  );
}

interface LabelListProps {
  readonly kind: LabelKind;
  readonly labels: readonly (Category | Tag)[];
  readonly onEdit: (label: Category | Tag) => void;
}

function LabelList({ kind, labels, onEdit }: LabelListProps): React.JSX.Element {
  const { t } = useTranslation();
  const act = useAct();
  const counts = useLive((state) => state.counts?.[kind]);
  if (labels.length === 0) return <p className="text-dim">{t("label.none")}</p>;
  const remove = (name: string): void => {
    const query = { name: [name] };
    act(() => client.call(kind === "categories" ? "removeCategories" : "removeTags", { query }), {
      message: t("label.removed", { name }),
    });
  };
  return (
    <ul className="flex flex-col border border-line rounded-lg divide-y divide-line">
      {labels.map((label) => (
        <li key={label.name} className="flex items-center gap-3 ps-3 pe-1 min-h-11">
          <Dot color={label.color} />
          <div className="flex-1 min-w-0">
            <p className="truncate font-medium">{label.name}</p>
            <p className="truncate text-sm text-dim">
              <Summary label={label} count={counts?.[label.name] ?? 0} />
            </p>
          </div>
          <button
            type="button"
            className="icon-button"
            aria-label={t("label.edit", { name: label.name })}
            onClick={() => onEdit(label)}
          >
            <Icon name="edit" size={16} />
          </button>
          <button
            type="button"
            className="icon-button text-bad!"
            aria-label={t("label.remove", { name: label.name })}
            onClick={() => remove(label.name)}
          >
            <Icon name="trash" size={16} />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** How many torrents, where they go, how fast they may be. */
function Summary({ label, count }: { readonly label: Category | Tag; readonly count: number }): string {
  const { t } = useTranslation();
  const format = useFormat();
  const { down, up } = label.limits;
  const folder = "folder" in label ? label.folder : undefined;
  return [
    t("label.count", { count }),
    folder ?? "",
    down === undefined ? "" : `↓ ${format.rate(down)}`,
    up === undefined ? "" : `↑ ${format.rate(up)}`,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}
