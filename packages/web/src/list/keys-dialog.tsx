/** The keyboard, on one sheet. */
import { useTranslation } from "react-i18next";
import { Modal } from "../ui/modal.tsx";

const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ["?", "keys.help"],
  ["A", "keys.add"],
  ["/", "keys.search"],
  ["↑ ↓ PgUp PgDn", "keys.move"],
  ["Shift ↑ ↓", "keys.range"],
  ["Space", "keys.toggle"],
  ["Ctrl A", "keys.all"],
  ["Enter", "keys.details"],
  ["Esc", "keys.close"],
  ["S", "keys.start"],
  ["P", "keys.stop"],
  ["Delete", "keys.remove"],
];

export function KeysDialog({ onClose }: { readonly onClose: () => void }): React.JSX.Element {
  const { t } = useTranslation();
  return (
    <Modal title={t("keys.title")} isOpen onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2">
        {KEYS.map(([keys, meaning]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd className="px-2 py-0.5 rounded border border-line bg-page">{keys}</kbd>
            </dt>
            <dd>{t(meaning)}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
